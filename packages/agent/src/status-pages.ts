// What the status server says at which path. It knows how the agent fares, and no socket.

import { errorMessage } from '@pullway/shared/runtime/logger';
import type { DroppedTarget } from './discovery/job-targets.ts';
import type { MechanismStatus } from './discovery/mechanism.ts';
import { MAX_DROPPED_SHOWN } from './limits.ts';
import type { AgentIdentity } from './targets/address.ts';
import { describeExporter, type Target } from './targets/target.ts';
import type { UplinkStatus } from './uplink/uplink.ts';

export interface Page {
  readonly status: number;
  readonly type: string;
  /** In pieces, made as they are sent, where it may be long. */
  readonly body: string | Iterable<string>;
  /** Methods that the path takes, where the one that was used is not among them. */
  readonly allow?: string;
}

export interface StatusSources {
  uplinks(): readonly UplinkStatus[];
  targets(): readonly Target[];
  /** Found and not announced; as many as the caller takes. */
  droppedTargets(): Iterable<DroppedTarget>;
  discoveries(): readonly MechanismStatus[];
  metrics(): Promise<string>;
  /** Reloads the configuration. @throws ConfigError and then changes nothing. */
  reload(): Promise<void>;
}

export interface StatusSettings {
  readonly identity: AgentIdentity;
  readonly version: string;
  readonly telemetryPath: string;
  readonly isLifecycleEnabled: boolean;
}

const TEXT = 'text/plain; charset=utf-8';

export class StatusPages {
  readonly #sources: StatusSources;
  readonly #settings: StatusSettings;
  readonly #pages: ReadonlyMap<string, (query: URLSearchParams) => Page | Promise<Page>>;

  constructor(settings: StatusSettings, sources: StatusSources) {
    this.#settings = settings;
    this.#sources = sources;
    this.#pages = new Map<string, (query: URLSearchParams) => Page | Promise<Page>>([
      ['/', () => this.#landing()],
      ['/-/healthy', () => textPage(200, 'The agent is healthy.')],
      ['/-/ready', () => this.#ready()],
      ['/api/v1/targets', (query) => this.#targets(query)],
      [settings.telemetryPath, () => this.#metrics()],
    ]);
  }

  /** The answer to `method` for `path` (without query). */
  find(method: string, path: string, query = ''): Page | Promise<Page> {
    if (path === '/-/reload') return this.#reload(method);
    const page = this.#pages.get(path);
    if (page === undefined) return textPage(404, `No page at ${JSON.stringify(path.slice(0, 200))}.`);
    if (method !== 'GET' && method !== 'HEAD')
      return { ...textPage(405, 'Only GET and HEAD are allowed.'), allow: 'GET, HEAD' };
    return page(new URLSearchParams(query));
  }

  #ready(): Page {
    const uplinks = this.#sources.uplinks();
    const isReady = uplinks.some(({ isConnected }) => isConnected);
    const lines = [
      ...uplinks.map((uplink) => `${uplink.proxy}: ${state(uplink)}, ${uplink.detail}`),
      ...this.#sources.discoveries().flatMap(faultLines),
    ];
    return textPage(
      isReady ? 200 : 503,
      [isReady ? 'The agent is ready.' : 'The agent has no tunnel.', ...lines].join('\n'),
    );
  }

  async #metrics(): Promise<Page> {
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await this.#sources.metrics() };
  }

  /** `state` as in the API of Prometheus: `active`, `dropped`, or both. */
  #targets(query: URLSearchParams): Page {
    return { status: 200, type: 'application/json', body: this.#targetsBody(query.get('state') ?? 'any') };
  }

  *#targetsBody(state: string): Generator<string> {
    yield '{"status":"success","data":{';
    if (state !== 'dropped') yield* jsonList('targets', this.#sources.targets(), describeTarget);
    if (state !== 'dropped' && state !== 'active') yield ',';
    if (state !== 'active') yield* jsonList('droppedTargets', this.#droppedTargets(), (target) => target);
    yield '}}\n';
  }

  *#droppedTargets(): Generator<DroppedTarget> {
    let shown = 0;
    for (const target of this.#sources.droppedTargets()) {
      yield target;
      if ((shown += 1) >= MAX_DROPPED_SHOWN) return;
    }
  }

  async #reload(method: string): Promise<Page> {
    if (!this.#settings.isLifecycleEnabled)
      return textPage(403, 'Reload by HTTP request is not enabled (--web.enable-lifecycle).');
    if (method !== 'POST' && method !== 'PUT')
      return { ...textPage(405, 'Only POST or PUT requests allowed.'), allow: 'POST, PUT' };
    try {
      await this.#sources.reload();
      return textPage(200, 'The configuration was reloaded.');
    } catch (error) {
      return textPage(500, `The configuration was not reloaded:\n${errorMessage(error)}`);
    }
  }

  #landing(): Page {
    const { identity, version, telemetryPath } = this.#settings;
    const { name, cluster } = identity;
    const links = [telemetryPath, '/-/healthy', '/-/ready', '/api/v1/targets'].map(
      (path) => `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a></li>`,
    );
    const body = [
      '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pullway agent</title></head><body>',
      `<h1>Pullway agent ${escapeHtml(name)}</h1>`,
      `<p>Version ${escapeHtml(version)}${cluster === '' ? '' : `, cluster ${escapeHtml(cluster)}`}</p>`,
      `<ul>${links.join('')}</ul></body></html>\n`,
    ];
    return { status: 200, type: 'text/html; charset=utf-8', body: body.join('') };
  }
}

function describeTarget({ address, path, allowedPaths, passthrough, exporter, labels }: Target): object {
  return { address, path, allowedPaths, passthrough, exporter: describeExporter(exporter), labels };
}

/** `"name":[…]`, an item at a time. */
function* jsonList<Item>(name: string, items: Iterable<Item>, describe: (item: Item) => object): Generator<string> {
  yield `"${name}":[`;
  let comma = '';
  for (const item of items) {
    yield comma + JSON.stringify(describe(item));
    comma = ',';
  }
  yield ']';
}

function faultLines({ kind, role, faults }: MechanismStatus): readonly string[] {
  return faults.map((fault) => `discovery ${role === '' ? kind : `${kind} ${role}`}: ${fault}`);
}

function state({ isConnected, isRefused }: UplinkStatus): string {
  if (isConnected) return 'connected';
  return isRefused ? 'refused' : 'not connected';
}

function textPage(status: number, text: string): Page {
  return { status, type: TEXT, body: `${text}\n` };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
