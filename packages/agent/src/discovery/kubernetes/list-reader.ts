// Takes a list of Kubernetes apart while it arrives: each item is handed on as soon as it is whole, and nothing of it is kept. A page with
// 500 pods is 5 MB of JSON, and many times that as objects; so only one pod of it is in memory. It knows JSON, but no kind of object.

import { MAX_KUBERNETES_OBJECT_BYTES, MAX_LIST_ENVELOPE_BYTES } from '../../limits.ts';
import { ApiError } from './api-error.ts';
import { ByteStore } from './byte-store.ts';
import { rawText } from './raw-fields.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** `{"items":[{`: within the braces of an item. */
const ITEM_DEPTH = 3;

export interface ListEnd {
  readonly resourceVersion: string;
  /** For the next page; empty after the last. */
  readonly continueToken: string;
}

export class ListReader {
  readonly #take: (item: unknown) => void;
  readonly #item = new ByteStore(MAX_KUBERNETES_OBJECT_BYTES, 'an object');
  /** All but the items. */
  readonly #envelope = new ByteStore(MAX_LIST_ENVELOPE_BYTES, 'the list without its items');
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;

  constructor(take: (item: unknown) => void) {
    this.#take = take;
  }

  /** @throws ApiError malformed. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (this.#isInString) this.#readString(byte);
      else if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth += 1;
        const begins = this.#opened(byte);
        if (begins === 'items') from = this.#keep(this.#envelope, chunk, from, i + 1);
        else if (begins === 'item') from = i;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        const ends = this.#closing();
        if (ends === 'item') from = this.#endItem(chunk, from, i + 1);
        else if (ends === 'items') from = i;
        this.#depth -= 1;
      }
    }
    if (!this.#isInItems) this.#keep(this.#envelope, chunk, from, chunk.length);
    else if (this.#depth >= ITEM_DEPTH) this.#keep(this.#item, chunk, from, chunk.length);
  }

  /** The answer is over. @throws ApiError malformed unless it was a whole list. */
  end(): ListEnd {
    const metadata = parse(this.#envelope.take(), 'the list');
    const resourceVersion = rawText(metadata, 'metadata', 'resourceVersion');
    if (resourceVersion === '') throw new ApiError('malformed', 'the list has no resourceVersion');
    return { resourceVersion, continueToken: rawText(metadata, 'metadata', 'continue') };
  }

  #readString(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }

  /** The only array right within the object of a list is that of its items. */
  #opened(byte: number): 'items' | 'item' | undefined {
    if (this.#depth === 2 && byte === OPEN_BRACKET) {
      this.#isInItems = true;
      return 'items';
    }
    return this.#isInItems && this.#depth === ITEM_DEPTH ? 'item' : undefined;
  }

  #closing(): 'items' | 'item' | undefined {
    if (!this.#isInItems) return undefined;
    if (this.#depth === ITEM_DEPTH) return 'item';
    if (this.#depth > ITEM_DEPTH) return undefined;
    this.#isInItems = false;
    return 'items';
  }

  #endItem(chunk: Buffer, from: number, end: number): number {
    this.#keep(this.#item, chunk, from, end);
    this.#take(parse(this.#item.take(), 'an object of the list'));
    return end;
  }

  #keep(store: ByteStore, chunk: Buffer, from: number, end: number): number {
    store.add(chunk.subarray(from, end));
    return end;
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('malformed', `${what} is no JSON, or not whole`, { cause });
  }
}
