// A stand-in for the Kubernetes API server: lists, watches and refusals as a real one sends them, over TCP or TLS on loopback, with faults by
// script. Whoever imports it, unit tests or end-to-end ones, changes its objects through `store`.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { answerJson, answerStatus, startAnswer, statusObject } from './api-server-answers.ts';
import { FaultScript, hangUpAfter, truncateAfter, type ApiFault } from './api-server-faults.ts';
import { readPage, type PageSnapshots } from './api-server-pages.ts';
import { parseApiRequest, type ApiCall } from './api-server-requests.ts';
import { ApiServerStore, eventOf, KINDS, typed } from './api-server-store.ts';

/** Whether a token may do what `call` asks for. */
export type Grant = (call: ApiCall) => boolean;

interface StandInOptions {
  readonly tls?: ServerOptions;
  /** Answers what is no list and no watch, as the proxy to the kubelets. */
  readonly otherwise?: RequestListener;
}

interface Watch {
  readonly call: ApiCall;
  readonly response: ServerResponse;
}

export class StandInApiServer {
  readonly store = new ApiServerStore();
  readonly faults = new FaultScript();
  /** By token; while it is empty, everybody may do everything. */
  readonly grants = new Map<string, Grant>();
  /** What was asked for, the last 10,000. */
  readonly calls: ApiCall[] = [];
  readonly #options: StandInOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<Watch>();
  readonly #snapshots: PageSnapshots = new Map();
  #isAway = false;

  constructor(options: StandInOptions = {}) {
    this.#options = options;
    const answer: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
    this.#server.on('connection', (socket: Socket) => this.#connected(socket));
    this.store.listen((change) => {
      for (const { call, response } of this.#watches) sendEvent(response, eventOf(change, call));
    });
  }

  /** @returns its URL. */
  async listen(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#cutAll();
    this.#server.close();
  }

  /** Watches that run now. */
  get watches(): readonly ApiCall[] {
    return [...this.#watches].map(({ call }) => call);
  }

  /** Cuts all connections and takes no others until `comeBack`. */
  goAway(): void {
    this.#isAway = true;
    this.#cutAll();
  }

  comeBack(): void {
    this.#isAway = false;
  }

  /** As when their time is over. */
  endWatches(): void {
    for (const watch of this.#watches) this.#end(watch);
  }

  /** Forgets the history, and tells so to who watches. */
  expireWatches(): void {
    this.compact();
    for (const watch of this.#watches) {
      const message = `too old resource version: 1 (${this.store.version})`;
      sendEvent(watch.response, { type: 'ERROR', object: statusObject(410, message) });
      this.#end(watch);
    }
  }

  /** Forgets the history of changes, and the places within lists. */
  compact(): void {
    this.store.compact();
    this.#snapshots.clear();
  }

  /** Tells who watches that it has missed nothing up to now. */
  sendBookmarks(): void {
    const metadata = { resourceVersion: String(this.store.version) };
    for (const { call, response } of this.#watches) {
      if (call.allowsBookmarks)
        sendEvent(response, { type: 'BOOKMARK', object: { ...KINDS[call.resource], metadata } });
    }
  }

  #connected(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#isAway) return void socket.resetAndDestroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = parseApiRequest(request);
    if (call === undefined) {
      if (this.#options.otherwise !== undefined) return this.#options.otherwise(request, response);
      return answerStatus(response, 404, 'the server could not find the requested resource');
    }
    this.calls.push(call);
    if (this.calls.length > 10_000) this.calls.shift();
    const fault = this.faults.take(call.verb);
    if (fault !== undefined && !(await strike(fault, response))) return;
    const grant = this.grants.get(call.token ?? '');
    if (grant === undefined && this.grants.size > 0) return answerStatus(response, 401, 'Unauthorized');
    if (grant !== undefined && !grant(call)) return answerStatus(response, 403, forbidden(call));
    if (call.verb === 'watch') this.#watch(call, response);
    else this.#list(call, response);
  }

  #list(call: ApiCall, response: ServerResponse): void {
    const page = readPage(this.store, this.#snapshots, call);
    if (page.kind === 'refused') answerStatus(response, page.status, page.message);
    else answerJson(response, page.body, { pretty: call.isPretty });
  }

  #watch(call: ApiCall, response: ServerResponse): void {
    const { version: current, oldest } = this.store;
    const version = Number(call.resourceVersion);
    if (!/^\d*$/.test(call.resourceVersion)) {
      const text = JSON.stringify(call.resourceVersion);
      const message = `resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`;
      return answerStatus(response, 500, message);
    }
    if (version > current) {
      return answerStatus(response, 504, `Too large resource version: ${version}, current: ${current}`);
    }
    startAnswer(response, 200);
    const watch = { call, response };
    this.#watches.add(watch);
    const timer = setTimeout(() => this.#end(watch), call.timeoutS * 1000).unref();
    response.once('close', () => {
      clearTimeout(timer);
      this.#watches.delete(watch);
    });
    if (version !== 0 && version < oldest) {
      const message = `too old resource version: ${version} (${oldest})`;
      sendEvent(response, { type: 'ERROR', object: statusObject(410, message) });
      return this.#end(watch);
    }
    if (version === 0) {
      for (const object of this.store.list(call)) {
        sendEvent(response, { type: 'ADDED', object: typed(call.resource, object) });
      }
    } else for (const change of this.store.since(version)) sendEvent(response, eventOf(change, call));
  }

  #end(watch: Watch): void {
    this.#watches.delete(watch);
    watch.response.end();
  }
}

/** @returns whether the request is to be answered after all. */
async function strike(fault: ApiFault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfterS !== undefined) response.setHeader('Retry-After', fault.retryAfterS);
      answerStatus(response, fault.status, 'this was in the script');
      return false;
    case 'hang-up':
      if (response.socket !== null) hangUpAfter(response.socket, fault.afterBytes);
      return true;
    case 'truncated':
      truncateAfter(response, fault.afterBytes);
      return true;
    case 'body':
      startAnswer(response, 200);
      response.end(fault.body);
      return false;
    case 'silence':
      return false;
    case 'held':
      await fault.until;
      return true;
  }
}

function sendEvent(response: ServerResponse, event: unknown): void {
  if (event !== undefined) response.write(`${JSON.stringify(event)}\n`);
}

function forbidden({ verb, resource, namespace }: ApiCall): string {
  const group = KINDS[resource].apiVersion.replace(/\/?v1$/, '');
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${resource} is forbidden: User "agent" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`;
}
