// The flags of the agent; docs/configuration.md says the same to people.

import { choice, duration, file, integer, listenAddress, size, text, toggle } from '@pullway/shared/config/flag-kinds';
import type { FlagTable, FlagValues } from '@pullway/shared/config/flags';
import { DEFAULT_MAX_EXCHANGES, MAX_EXCHANGES } from '@pullway/shared/protocol/limits';
import { LOG_FORMATS, LOG_LEVELS } from '@pullway/shared/runtime/logger';

export const AGENT_FLAGS = {
  'proxy.url': {
    kind: text,
    repeatable: true,
    help: 'URL of a proxy (http, https, ws or wss); a path is a prefix. The agent keeps a tunnel to each that is given.',
  },
  'proxy.token-file': { kind: file, help: 'File with the token of this agent; read again at each attempt to connect.' },
  'proxy.ca-file': {
    kind: file,
    help: 'File with the certificates of the authorities that may vouch for the proxies.',
  },
  'proxy.cert-file': { kind: file, help: 'File with the client certificate for the proxies.' },
  'proxy.key-file': { kind: file, help: 'File with the key of the client certificate.' },
  'agent.name': {
    kind: text,
    help: 'Name of this agent; stands for loopback in the addresses of targets. Default: the host name.',
  },
  'agent.cluster': {
    kind: text,
    default: '',
    help: 'Cluster of this agent; a part of the addresses of its targets. May be empty.',
  },
  target: {
    kind: text,
    repeatable: true,
    help: 'A target: HOST:PORT, http://HOST:PORT/PATH, https://…, or NAME=URL to choose its address.',
  },
  'target.passthrough': {
    kind: text,
    repeatable: true,
    help: 'A target with which scrapers speak TLS themselves, by CONNECT: HOST:PORT or NAME=HOST:PORT.',
  },
  'scrape.max-concurrent': {
    kind: integer(1, MAX_EXCHANGES),
    default: String(DEFAULT_MAX_EXCHANGES),
    help: 'Scrapes that each tunnel carries at a time.',
  },
  'scrape.max-body-bytes': {
    kind: size,
    default: '512MiB',
    help: 'Largest body of a scrape as exporters send it, compressed or not.',
  },
  'config.file': { kind: file, help: 'Configuration file with scrape_configs.' },
  'config.check': { kind: toggle, default: 'false', help: 'Check flags and configuration file, and exit.' },
  'web.listen-address': {
    kind: listenAddress,
    default: ':9369',
    help: 'Address for health, metrics and the status page.',
  },
  'web.telemetry-path': { kind: text, default: '/metrics', help: 'Path of the metrics of the agent itself.' },
  'web.enable-lifecycle': { kind: toggle, default: 'false', help: 'Enable reload by HTTP request (POST /-/reload).' },
  'shutdown.grace': { kind: duration, default: '20s', help: 'Time that scrapes have to finish when the agent stops.' },
  'log.level': { kind: choice(...LOG_LEVELS), default: 'info', help: 'Only messages of this severity or above.' },
  'log.format': { kind: choice(...LOG_FORMATS), default: 'logfmt', help: 'Format of log messages.' },
  version: { kind: toggle, default: 'false', help: 'Print the version, and exit.' },
  help: { kind: toggle, default: 'false', help: 'Print this help, and exit.' },
} satisfies FlagTable;

export type AgentFlags = FlagValues<typeof AGENT_FLAGS>;
