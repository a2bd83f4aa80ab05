// Frames to bytes. Each function allocates exactly one buffer, which the socket then owns. Heads are checked as strictly as the
// receiver will: what leaves here is no protocol error there.

import { FAILURE_CODES, FRAME_TYPES, CANCEL_CODES, FLAG_END, METHOD_CODES } from './frames.ts';
import type { CancelCode, ConnectHead, FailureCode, RequestHead, ResponseHead } from './frames.ts';
import { HeadError } from './head-error.ts';
import { isAddressText, isReason, isRequestTarget } from './head-text.ts';
import { formatHeaderBlock } from './header-block.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';

export const FRAME_HEADER_BYTES = 6;

const MAX_U32 = 2 ** 32 - 1;
const encoder = new TextEncoder();

type TypeName = keyof typeof FRAME_TYPES;

/** A frame of the tunnel itself with the JSON text of `value`. */
export function encodeJson(type: 'hello' | 'welcome' | 'go_away', value: object): Uint8Array {
  return encodePayload(type, Buffer.from(JSON.stringify(value)));
}

/** A frame of the tunnel itself whose payload is at hand. */
export function encodePayload(
  type: 'hello' | 'welcome' | 'go_away' | 'targets' | 'ping' | 'pong',
  payload: Uint8Array,
): Uint8Array {
  const frame = allocate(type, 0, 0, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeReconcile(newestSeen: number, open: readonly number[]): Uint8Array {
  const frame = allocate('reconcile', 0, 0, 4 + 4 * open.length);
  let offset = frame.writeUInt32BE(newestSeen, FRAME_HEADER_BYTES);
  for (const exchange of open) offset = frame.writeUInt32BE(exchange, offset);
  return frame;
}

/** @throws HeadError when the head has something that no frame can carry. */
export function encodeRequest(exchange: number, windowBytes: number, head: RequestHead): Uint8Array {
  checkHead(isAddressText(head.address), 'address');
  checkHead(isRequestTarget(head.path), 'path');
  const headers = formatHeaderBlock(head.headers);
  const frame = allocate('request', 0, exchange, 13 + head.address.length + head.path.length + headers.length);
  let offset = frame.writeUInt32BE(wholeMs(head.deadlineMs), FRAME_HEADER_BYTES);
  offset = frame.writeUInt32BE(windowBytes, offset);
  offset = frame.writeUInt8(METHOD_CODES[head.method], offset);
  offset = writeText(frame, head.address, offset);
  offset = writeText(frame, head.path, offset);
  frame.write(headers, offset, 'latin1');
  return frame;
}

/** @throws HeadError when the address has a forbidden character. */
export function encodeConnect(exchange: number, windowBytes: number, head: ConnectHead): Uint8Array {
  checkHead(isAddressText(head.address), 'address');
  const frame = allocate('connect', 0, exchange, 8 + head.address.length);
  let offset = frame.writeUInt32BE(wholeMs(head.deadlineMs), FRAME_HEADER_BYTES);
  offset = frame.writeUInt32BE(windowBytes, offset);
  frame.write(head.address, offset, 'latin1');
  return frame;
}

/** A response head that was found fit to be sent. */
export interface SealedHead {
  readonly status: number;
  readonly reason: string;
  readonly headerBlock: string;
}

/** @throws HeadError when the head has something that no frame can carry. */
export function sealHead(head: ResponseHead): SealedHead {
  checkHead(Number.isInteger(head.status) && head.status >= 200 && head.status <= 999, 'status');
  checkHead(isReason(head.reason), 'reason phrase');
  return { status: head.status, reason: head.reason, headerBlock: formatHeaderBlock(head.headers) };
}

/** `body.chunks` are the first bytes of the body, `body.bytes` of them together. */
export function encodeResponse(
  exchange: number,
  head: SealedHead,
  body: { readonly chunks: readonly Uint8Array[]; readonly bytes: number; readonly isEnd: boolean },
): Uint8Array {
  const headers = head.headerBlock;
  const fixedBytes = 8 + head.reason.length + headers.length;
  const frame = allocate('response', body.isEnd ? FLAG_END : 0, exchange, fixedBytes + body.bytes);
  let offset = frame.writeUInt16BE(head.status, FRAME_HEADER_BYTES);
  offset = writeText(frame, head.reason, offset);
  offset = frame.writeUInt32BE(headers.length, offset);
  offset += frame.write(headers, offset, 'latin1');
  writeChunks(frame, body.chunks, offset);
  return frame;
}

export function encodeConnected(exchange: number, windowBytes: number): Uint8Array {
  const frame = allocate('connected', 0, exchange, 4);
  frame.writeUInt32BE(windowBytes, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeData(exchange: number, chunks: readonly Uint8Array[], bytes: number, isEnd: boolean): Uint8Array {
  const frame = allocate('data', isEnd ? FLAG_END : 0, exchange, bytes);
  writeChunks(frame, chunks, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeCredit(exchange: number, bytes: number): Uint8Array {
  const frame = allocate('credit', 0, exchange, 4);
  frame.writeUInt32BE(bytes, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeCancel(exchange: number, code: CancelCode, message: string): Uint8Array {
  return encodeVerdict('cancel', exchange, CANCEL_CODES[code], message);
}

export function encodeFailure(exchange: number, code: FailureCode, message: string): Uint8Array {
  return encodeVerdict('failure', exchange, FAILURE_CODES[code], message);
}

function encodeVerdict(type: 'cancel' | 'failure', exchange: number, code: number, message: string): Uint8Array {
  const text = cutToBytes(message, MAX_MESSAGE_BYTES);
  const frame = allocate(type, 0, exchange, 1 + text.length);
  frame.writeUInt8(code, FRAME_HEADER_BYTES);
  frame.set(text, FRAME_HEADER_BYTES + 1);
  return frame;
}

/** `text` in UTF-8, cut after the last character that fits whole. */
function cutToBytes(text: string, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes);
  return bytes.subarray(0, encoder.encodeInto(text, bytes).written);
}

function checkHead(isFit: boolean, what: string): void {
  if (!isFit) throw new HeadError(`${what} cannot be sent through a tunnel`);
}

/** A deadline that passed while the scrape was being set up is sent as 0. */
function wholeMs(ms: number): number {
  return Math.min(Math.max(Math.floor(ms), 0), MAX_U32);
}

function allocate(type: TypeName, flags: number, exchange: number, payloadBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadBytes);
  frame[0] = FRAME_TYPES[type];
  frame[1] = flags;
  frame.writeUInt32BE(exchange, 2);
  return frame;
}

function writeText(frame: Buffer, text: string, offset: number): number {
  const start = frame.writeUInt16BE(text.length, offset);
  return start + frame.write(text, start, 'latin1');
}

function writeChunks(frame: Buffer, chunks: readonly Uint8Array[], offset: number): void {
  let position = offset;
  for (const chunk of chunks) {
    frame.set(chunk, position);
    position += chunk.length;
  }
}
