// The flags of the proxy: names, defaults, help. design: in the manner of all Prometheus programs, each also as an environment variable.

import * as kind from '@pullway/shared/config/flag-kinds';
import type { FlagTable, FlagValues } from '@pullway/shared/config/flags';
import { LOG_FORMATS, LOG_LEVELS } from '@pullway/shared/runtime/logger';

export const FLAGS = {
  'web.listen-address': {
    kind: kind.listenAddress,
    default: ':8080',
    help: 'Where scrapers, service discovery and the API are served; agents too unless --tunnel.listen-address is given.',
  },
  'tunnel.listen-address': {
    kind: kind.listenAddress,
    help: 'Where agents connect. They are then taken nowhere else, and scrapers are not taken there.',
  },
  'web.config.file': {
    kind: kind.file,
    help: 'TLS and users of the web listener, in the format that all Prometheus programs share.',
  },
  'tunnel.config.file': {
    kind: kind.file,
    help: 'TLS of the tunnel listener, in the same format. Without it the TLS of --web.config.file is used there too.',
  },
  'web.external-url': {
    kind: kind.text,
    help: 'URL under which the proxy is reached, for links and to tell its own name from that of a target.',
  },
  'web.route-prefix': {
    kind: kind.text,
    default: '/',
    help: 'Prefix of the paths of the API, the metrics and the tunnel.',
  },
  'web.telemetry-path': { kind: kind.text, default: '/metrics', help: 'Path of the metrics of the proxy itself.' },
  'web.enable-lifecycle': { kind: kind.toggle, default: 'false', help: 'Allow reloads by POST to /-/reload.' },
  'config.file': { kind: kind.file, help: 'Agent tokens.' },
  'config.check': { kind: kind.toggle, default: 'false', help: 'Check flags and files, say what is wrong, and exit.' },
  insecure: {
    kind: kind.toggle,
    default: 'false',
    help: 'Start without any agent token: everybody who reaches the proxy may connect as any agent.',
  },
  'scrape.default-timeout': {
    kind: kind.duration,
    default: '15s',
    help: 'Time for scrapes of which the scraper does not say how long it will wait.',
  },
  'scrape.max-timeout': { kind: kind.duration, default: '5m', help: 'The longest time that a scraper may ask for.' },
  'scrape.max-in-flight': {
    kind: kind.integer(1, 1_000_000),
    default: '4096',
    help: 'Scrapes at a time; more are refused with 503.',
  },
  'scrape.max-streams': {
    kind: kind.integer(1, 1_000_000),
    default: '4096',
    help: 'Byte streams (CONNECT) at a time; more are refused with 503.',
  },
  'sd.warm-up': {
    kind: kind.duration,
    default: '10s',
    help: 'After a start service discovery answers 503 until no new agent has come for so long. 0 turns that off.',
  },
  'sd.max-warm-up': { kind: kind.duration, default: '60s', help: 'And no longer than this.' },
  'sd.departed-grace': {
    kind: kind.duration,
    default: '5m',
    help: 'How long targets of an agent that left stay listed.',
  },
  'shutdown.grace': {
    kind: kind.duration,
    default: '30s',
    help: 'Time for scrapes to end after SIGTERM before they are cut.',
  },
  'shutdown.delay': {
    kind: kind.duration,
    default: '0s',
    help: 'Time after SIGTERM in which the proxy goes on as before and only says that it is not ready.',
  },
  'log.level': { kind: kind.choice(...LOG_LEVELS), default: 'info', help: 'Least severe level that is logged.' },
  'log.format': { kind: kind.choice(...LOG_FORMATS), default: 'logfmt', help: 'Form of the log lines.' },
  help: { kind: kind.toggle, default: 'false', help: 'Show this text.' },
  version: { kind: kind.toggle, default: 'false', help: 'Show the version.' },
} as const satisfies FlagTable;

export type ProxyFlags = FlagValues<typeof FLAGS>;
