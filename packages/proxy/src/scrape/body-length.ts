// Holds an exporter's body against its Content-Length: a proxy that ends a short body in order would desynchronise the scraper's connection.

import type { ResponseHead } from '@pullway/shared/protocol/frames';

const DIGITS = /^\d{1,15}$/;

export class BodyLength {
  readonly #expected: number | undefined;
  readonly #isBodyless: boolean;
  #received = 0;

  /** @throws RangeError when Content-Length is no number or is given twice with different values. */
  constructor(head: ResponseHead, method: 'GET' | 'HEAD') {
    this.#expected = contentLength(head.headers);
    this.#isBodyless = method === 'HEAD' || head.status === 204 || head.status === 304;
  }

  get received(): number {
    return this.#received;
  }

  /** Counts `bytes`; false when the body is longer than announced, or ends too soon. */
  accept(bytes: number, isLast: boolean): boolean {
    this.#received += bytes;
    if (this.#isBodyless) return this.#received === 0;
    if (this.#expected === undefined) return true;
    return isLast ? this.#received === this.#expected : this.#received <= this.#expected;
  }
}

function contentLength(fields: readonly string[]): number | undefined {
  let length: string | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.length !== 14 || fields[i]?.toLowerCase() !== 'content-length') continue;
    const value = fields[i + 1] ?? '';
    if (!DIGITS.test(value) || (length !== undefined && length !== value))
      throw new RangeError('ambiguous Content-Length');
    length = value;
  }
  return length === undefined ? undefined : Number(length);
}
