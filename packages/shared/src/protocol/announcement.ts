// TARGETS: one frame's content, and how a long list is cut into frames (docs/protocol.md, section 4).

import { isRequestTarget } from './head-text.ts';
import { asArray, asBoolean, asInteger, asObject, asString, type JsonObject } from './json.ts';
import { MAX_DATA_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from './limits.ts';
import { ProtocolError } from './protocol-error.ts';

export type Labels = Readonly<Record<string, string>>;

/** A target as an agent announces it. */
export interface AnnouncedTarget {
  /** Chosen by the agent, unique in the tunnel, 1 to 2^32-1. */
  readonly id: number;
  /** `host:port` in lower case, always with a port. */
  readonly address: string;
  /** Begins with `/`, has no query. */
  readonly path: string;
  /** What service discovery shows, `job` and double-underscore labels included. */
  readonly labels: Labels;
  /** Reached by CONNECT only: the scraper speaks TLS with the exporter itself. */
  readonly passthrough: boolean;
  /** Further paths that may be asked of this target; a trailing `*` stands for any rest. */
  readonly allowedPaths: readonly string[];
}

/** The content of one TARGETS frame. It takes effect with the frame whose `more` is false. */
export interface Announcement {
  readonly snapshot: boolean;
  readonly more: boolean;
  readonly add: readonly AnnouncedTarget[];
  readonly remove: readonly number[];
}

const MAX_ID = 2 ** 32 - 1;
const MAX_ADDRESS_LENGTH = 512;
const MAX_PATH_LENGTH = 4096;
const MAX_ALLOWED_PATHS = 64;
// A host is an IPv6 address in brackets or what RFC 3986, 3.2.2 calls reg-name, in lower case: a URL must be able to name it.
const ADDRESS = /^(\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,;=-]+):[1-9][0-9]{0,4}$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const encoder = new TextEncoder();
// As much as a DATA frame: an announcement takes turns with scrapes and may delay them no more than another scrape would.
const MAX_LIST_BYTES = MAX_DATA_BYTES;

/** @throws ProtocolError when anything in it would make an SD answer or a route wrong. */
export function readAnnouncement(json: JsonObject): Announcement {
  return {
    snapshot: asBoolean(json['snapshot'] ?? false, 'snapshot'),
    more: asBoolean(json['more'] ?? false, 'more'),
    add: asArray(json['add'] ?? [], 'add').map(readTarget),
    remove: asArray(json['remove'] ?? [], 'remove').map((id) => asInteger(id, 'remove', 1, MAX_ID)),
  };
}

/** Why the proxy would close the tunnel on this target, or undefined: an agent leaves such a one out and reports it. */
export function targetFault(target: AnnouncedTarget): string | undefined {
  try {
    readTarget(target);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/**
 * Cuts `change` into the JSON texts of as many TARGETS frames as it needs, one at a time, so that 200,000 targets are never one string.
 * @throws ProtocolError when one target alone passes MAX_TARGET_BYTES or there are more than MAX_TARGETS.
 */
export function* announcementFrames(change: Omit<Announcement, 'more'>): Generator<Uint8Array> {
  if (change.add.length > MAX_TARGETS) throw new ProtocolError(`more than ${MAX_TARGETS} targets`);
  let list = new AnnouncementPart(change.snapshot);
  for (const item of announcementItems(change)) {
    if (list.bytes > 0 && list.bytes + item.bytes > MAX_LIST_BYTES) {
      yield encoder.encode(list.toJson(true));
      list = new AnnouncementPart(false);
    }
    list.push(item);
  }
  yield encoder.encode(list.toJson(false));
}

interface AnnouncementItem {
  readonly list: 'add' | 'remove';
  readonly json: string;
  readonly bytes: number;
}

function* announcementItems(change: Omit<Announcement, 'more'>): Generator<AnnouncementItem> {
  for (const id of change.remove) yield { list: 'remove', json: String(id), bytes: 12 };
  for (const target of change.add) {
    const json = JSON.stringify(target);
    const bytes = encoder.encode(json).length;
    if (bytes > MAX_TARGET_BYTES)
      throw new ProtocolError(`target ${target.address} is longer than ${MAX_TARGET_BYTES} bytes`);
    yield { list: 'add', json, bytes: bytes + 1 };
  }
}

class AnnouncementPart {
  readonly #snapshot: boolean;
  readonly #add: string[] = [];
  readonly #remove: string[] = [];
  bytes = 0;

  constructor(snapshot: boolean) {
    this.#snapshot = snapshot;
  }

  push(item: AnnouncementItem): void {
    (item.list === 'add' ? this.#add : this.#remove).push(item.json);
    this.bytes += item.bytes;
  }

  toJson(more: boolean): string {
    return `{"snapshot":${this.#snapshot},"more":${more},"add":[${this.#add.join(',')}],"remove":[${this.#remove.join(',')}]}`;
  }
}

/** Roughly the bytes that `target` takes up: the length of all its texts. */
export function targetBytes({ address, path, labels, allowedPaths }: AnnouncedTarget): number {
  let bytes = address.length + path.length;
  for (const pattern of allowedPaths) bytes += pattern.length;
  for (const [name, value] of Object.entries(labels)) bytes += name.length + value.length;
  return bytes;
}

function readTarget(value: unknown): AnnouncedTarget {
  const json = asObject(value, 'target');
  const address = asString(json['address'], 'address', MAX_ADDRESS_LENGTH);
  if (!ADDRESS.test(address)) throw new ProtocolError('address is no host:port in lower case');
  return {
    id: asInteger(json['id'], 'id', 1, MAX_ID),
    address,
    path: readPath(json['path'], 'path'),
    labels: readLabels(json['labels'] ?? {}),
    passthrough: asBoolean(json['passthrough'] ?? false, 'passthrough'),
    allowedPaths: readAllowedPaths(json['allowedPaths'] ?? []),
  };
}

function readAllowedPaths(value: unknown): readonly string[] {
  const paths = asArray(value, 'allowedPaths');
  if (paths.length > MAX_ALLOWED_PATHS) throw new ProtocolError(`more than ${MAX_ALLOWED_PATHS} allowed paths`);
  return paths.map((path) => readPath(path, 'allowedPaths'));
}

function readPath(value: unknown, what: string): string {
  const path = asString(value, what, MAX_PATH_LENGTH);
  if (!isRequestTarget(path) || path.includes('?'))
    throw new ProtocolError(`${what} is no absolute path without query`);
  return path;
}

function readLabels(value: unknown): Labels {
  let bytes = 0;
  const labels = Object.entries(asObject(value, 'labels')).map(([name, value]): [string, string] => {
    if (!LABEL_NAME.test(name)) throw new ProtocolError('label name is not of the form that Prometheus takes');
    const text = asString(value, `label ${name}`, MAX_TARGET_BYTES);
    bytes += name.length + text.length;
    return [name, text];
  });
  if (bytes > MAX_TARGET_BYTES) throw new ProtocolError(`labels of a target are longer than ${MAX_TARGET_BYTES} bytes`);
  return Object.fromEntries(labels);
}
