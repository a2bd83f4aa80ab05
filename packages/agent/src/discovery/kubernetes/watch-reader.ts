// Reads the events of a watch while they arrive: one JSON object to a line (kubernetes.io, "API Concepts", watches).
// It knows what events are, but no kind of object.

import { MAX_KUBERNETES_OBJECT_BYTES } from '../../limits.ts';
import { ApiError, statusError } from './api-error.ts';
import { ByteStore } from './byte-store.ts';
import { rawField, rawNumber, rawText } from './raw-fields.ts';

const LINE_FEED = 0x0a;

export type WatchEvent =
  | { readonly kind: 'upserted' | 'deleted'; readonly resourceVersion: string; readonly object: unknown }
  /** Nothing changed up to this version. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

export class WatchReader {
  readonly #take: (event: WatchEvent) => void;
  readonly #line = new ByteStore(MAX_KUBERNETES_OBJECT_BYTES, 'an event of the watch');

  constructor(take: (event: WatchEvent) => void) {
    this.#take = take;
  }

  /** @throws ApiError malformed, or what an event of the type ERROR says. What follows the last line feed waits for the rest. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      this.#line.add(chunk.subarray(from, end));
      from = end + 1;
      const line = this.#line.take();
      if (line.trim() !== '') this.#take(parseEvent(line));
    }
    this.#line.add(chunk.subarray(from));
  }
}

function parseEvent(line: string): WatchEvent {
  const event = parseLine(line);
  const type = rawText(event, 'type');
  const object = rawField(event, 'object');
  if (type === 'ERROR') throw statusError(rawNumber(object, 'code') ?? 500, object);
  const resourceVersion = rawText(object, 'metadata', 'resourceVersion');
  if (resourceVersion === '') throw new ApiError('malformed', `an event of type ${type} has no resourceVersion`);
  switch (type) {
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion };
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'upserted', resourceVersion, object };
    case 'DELETED':
      return { kind: 'deleted', resourceVersion, object };
    default:
      // To pass over it could mean to miss a change.
      throw new ApiError('malformed', `the watch has an event of unknown type ${type}`);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ApiError('malformed', 'an event of the watch is no JSON', { cause });
  }
}
