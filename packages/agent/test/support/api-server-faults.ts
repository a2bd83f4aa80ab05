// What goes wrong at the stand-in API server, by script: each fault meets one request.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type ApiFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  /** The connection is closed when so many bytes of the answer have gone out, header fields included. */
  | { readonly kind: 'hang-up'; readonly afterBytes: number }
  /** The body ends in good order after so many bytes. */
  | { readonly kind: 'truncated'; readonly afterBytes: number }
  /** 200, and this. */
  | { readonly kind: 'body'; readonly body: string }
  /** Nothing is answered. */
  | { readonly kind: 'silence' }
  /** The answer waits; what it says is decided only then. */
  | { readonly kind: 'held'; readonly until: Promise<void> };

export interface ScriptedFault {
  /** Undefined: either. */
  readonly verb?: 'list' | 'watch';
  /** Requests like this that are spared before; none unless given. */
  readonly spare?: number;
  readonly fault: ApiFault;
}

export class FaultScript {
  #waiting: ScriptedFault[] = [];

  add(fault: ScriptedFault): void {
    this.#waiting.push(fault);
  }

  /** Faults that have met no request yet. */
  get left(): number {
    return this.#waiting.length;
  }

  /** The fault that the next request for `verb` meets. */
  take(verb: 'list' | 'watch'): ApiFault | undefined {
    const index = this.#waiting.findIndex((scripted) => (scripted.verb ?? verb) === verb);
    const scripted = this.#waiting[index];
    if (scripted === undefined) return undefined;
    const { spare = 0 } = scripted;
    this.#waiting =
      spare > 0 ? this.#waiting.with(index, { ...scripted, spare: spare - 1 }) : this.#waiting.toSpliced(index, 1);
    return spare > 0 ? undefined : scripted.fault;
  }
}

/** Lets only the first `bytes` out of what is written to `socket` from now on, and closes it then. */
export function hangUpAfter(socket: Socket, bytes: number): void {
  const write: (data: Uint8Array) => boolean = socket.write.bind(socket);
  let left = bytes;
  if (left === 0) socket.destroy();
  socket.write = (data: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const encoding = rest.find((argument) => typeof argument === 'string');
    const piece = typeof data === 'string' ? Buffer.from(data, encoding as BufferEncoding | undefined) : data;
    const allowed = piece.subarray(0, left);
    left -= allowed.length;
    if (allowed.length > 0) write(allowed);
    if (left === 0) socket.end();
    const written = rest.find((argument) => typeof argument === 'function');
    if (written !== undefined) process.nextTick(written);
    return true;
  };
}

/** Ends `response` in good order after the first `bytes` of its body. */
export function truncateAfter(response: ServerResponse, bytes: number): void {
  const write: (data: Uint8Array) => boolean = response.write.bind(response);
  const end: () => ServerResponse = response.end.bind(response);
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => (name === 'Content-Length' ? response : setHeader(name, value));
  let left = bytes;
  response.write = (data: string | Uint8Array): boolean => {
    const piece = Buffer.from(data as string);
    if (left > 0) write(piece.subarray(0, left));
    left = Math.max(0, left - piece.length);
    if (left === 0) end();
    return true;
  };
}
