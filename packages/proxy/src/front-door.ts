// Sorts requests by their form, before any router sees them (RFC 9112, 3.2): a router would take `GET http://node:9100/metrics` for the
// proxy's own /metrics, and every scrape would silently return the wrong metrics.
// It must not know what becomes of a request.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { normalizeAddress, parseAbsoluteForm, type AbsoluteForm } from '@pullway/shared/http/address';
import type { Routes } from './fleet/routes.ts';
import { refuse, refuseSocket } from './scrape/refusal.ts';
import type { Scrapes } from './scrape/scrapes.ts';
import type { Streams } from './scrape/streams.ts';

export interface FrontDoorParts {
  /** Undefined where this listener takes no scrapers. */
  readonly scrapers?: { readonly scrapes: Scrapes; readonly streams: Streams; readonly routes: Routes } | undefined;
  /** SD, API, status page, metrics, health. */
  readonly api: (request: IncomingMessage, response: ServerResponse) => void;
  /** Upgrades; undefined where this listener takes no agents. */
  readonly acceptTunnel?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
  /** Whether a Host field names this proxy itself. */
  readonly isOwnHost: (host: string, socket: Duplex) => boolean;
  /** Whether a path means the proxy whatever the Host field says. */
  readonly isReserved: (target: string) => boolean;
}

/** Request targets that were parsed, by their text: scrapers ask for the same ones every few seconds. */
const MAX_PARSED = 50_000;
const MAX_PARSED_LENGTH = 1024;

/** Attaches the front door to `server`. */
export function openFrontDoor(server: Server, parts: FrontDoorParts): void {
  const parsed = new Map<string, AbsoluteForm>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const target = request.url ?? '';
    if (isOriginForm(target)) return routeOriginForm(parts, request, response);
    if (parts.scrapers === undefined) return refuseForm(response, 'this listener takes no scrapes');
    const form = parseCached(parsed, target);
    if (form.kind === 'refused') return refuseForm(response, form.reason);
    parts.scrapers.scrapes.forward(request, response, form.address, form.path);
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    connect(parts, request, socket, head),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    upgrade(parts, request, socket, head),
  );
}

/** `/path`, and `*` of OPTIONS, which is a question to the proxy itself. */
function isOriginForm(target: string): boolean {
  return target.startsWith('/') || target === '*';
}

/** A load balancer in between may have turned the absolute form into a path and a Host field. */
function routeOriginForm(parts: FrontDoorParts, request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '*') return refuseForm(response, 'OPTIONS * is not answered');
  const host = request.headers.host ?? '';
  const address = parts.scrapers === undefined ? undefined : normalizeAddress(host);
  const isScrape = address !== undefined && parts.scrapers?.routes.hasAddress(address) === true;
  const path = request.url ?? '/';
  if (isScrape && !parts.isOwnHost(host, request.socket) && !parts.isReserved(path)) {
    return parts.scrapers?.scrapes.forward(request, response, address, path);
  }
  parts.api(request, response);
}

function connect(parts: FrontDoorParts, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const target = request.url ?? '';
  const address = /:\d+$/.test(target) ? normalizeAddress(target) : undefined;
  if (parts.scrapers === undefined) return refuseSocketForm(socket, 'this listener takes no scrapes');
  if (address === undefined) return refuseSocketForm(socket, 'CONNECT wants host:port');
  void parts.scrapers.streams.connect(request, { socket, early: head, address });
}

function upgrade(parts: FrontDoorParts, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (!isOriginForm(request.url ?? '')) return refuseSocketForm(socket, 'scrapes are no upgrades');
  if (parts.acceptTunnel === undefined) return refuseSocketForm(socket, 'this listener takes no tunnels');
  parts.acceptTunnel(request, socket, head);
}

function refuseForm(response: ServerResponse, reason: string): void {
  refuse(response, { outcome: 'request_malformed', reason });
}

function refuseSocketForm(socket: Duplex, reason: string): void {
  refuseSocket(socket, { outcome: 'request_malformed', reason });
}

function parseCached(parsed: Map<string, AbsoluteForm>, target: string): AbsoluteForm {
  const known = parsed.get(target);
  if (known !== undefined) return known;
  const form = parseAbsoluteForm(target);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  if (form.kind === 'parsed' && target.length <= MAX_PARSED_LENGTH) parsed.set(target, form);
  return form;
}
