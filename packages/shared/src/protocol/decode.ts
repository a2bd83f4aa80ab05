// Bytes to frames. Whatever the bytes are, the outcome is a frame, undefined (an unknown optional frame), or a ProtocolError.

import { readAnnouncement } from './announcement.ts';
import { FRAME_HEADER_BYTES } from './encode.ts';
import { CANCEL_CODES, FAILURE_CODES, FLAG_END, FLAG_OPTIONAL, FRAME_TYPES, METHOD_CODES } from './frames.ts';
import type { Frame, FrameType, GoAway, RequestHead, ResponseHead } from './frames.ts';
import { readHello, readWelcome } from './handshake.ts';
import { isAddressText, isReason, isRequestTarget } from './head-text.ts';
import { parseHeaderBlock } from './header-block.ts';
import { asInteger, asString, parseJsonObject } from './json.ts';
import { MAX_DATA_BYTES, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, PING_BYTES } from './limits.ts';
import { PayloadReader } from './payload-reader.ts';
import { ProtocolError } from './protocol-error.ts';

const TYPE_NAMES = invert(FRAME_TYPES);
const METHODS = invert(METHOD_CODES);
const CANCELS = invert(CANCEL_CODES);
const FAILURES = invert(FAILURE_CODES);

const MAX_RECONNECT_MS = 3_600_000;

/**
 * The frame in `message`, or undefined for one that is unknown and marked OPTIONAL.
 * Bodies are views of `message`, not copies.
 * @throws ProtocolError for everything that docs/protocol.md does not allow.
 */
export function decodeFrame(message: Uint8Array): Frame | undefined {
  if (message.length < FRAME_HEADER_BYTES) throw new ProtocolError('frame is shorter than its header');
  if (message.length > MAX_FRAME_BYTES) throw new ProtocolError('frame is too long');
  const frame = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const code = frame.readUInt8(0);
  const flags = frame.readUInt8(1);
  const type = TYPE_NAMES.get(code);
  if (type === undefined) {
    if ((flags & FLAG_OPTIONAL) !== 0) return undefined;
    throw new ProtocolError(`unknown frame type ${code}`);
  }
  return readFrame(type, frame.readUInt32BE(2), (flags & FLAG_END) !== 0, new PayloadReader(frame, FRAME_HEADER_BYTES));
}

function readFrame(type: FrameType, exchange: number, isEnd: boolean, payload: PayloadReader): Frame {
  if (code(type) < FRAME_TYPES.request !== (exchange === 0))
    throw new ProtocolError(`${type} with exchange ${exchange}`);
  switch (type) {
    case 'data':
      return { type, exchange, isEnd, bytes: readBody(payload) };
    case 'credit':
      return { type, exchange, bytes: payload.u32() };
    case 'request':
      return { type, exchange, ...readRequest(payload) };
    case 'response':
      return { type, exchange, isEnd, head: readResponse(payload), body: readBody(payload) };
    case 'connect':
      return { type, exchange, ...readConnect(payload) };
    case 'connected':
      return { type, exchange, windowBytes: payload.u32() };
    case 'cancel':
      return { type, exchange, code: known(CANCELS, payload.u8()), message: readMessage(payload) };
    case 'failure':
      return { type, exchange, code: known(FAILURES, payload.u8()), message: readMessage(payload) };
    default:
      return readTunnelFrame(type, payload);
  }
}

type TunnelFrameType = 'hello' | 'welcome' | 'targets' | 'ping' | 'pong' | 'reconcile' | 'go_away';

function readTunnelFrame(type: TunnelFrameType, payload: PayloadReader): Frame {
  switch (type) {
    case 'hello':
      return { type, hello: readHello(parseJsonObject(payload.rest())) };
    case 'welcome':
      return { type, welcome: readWelcome(parseJsonObject(payload.rest())) };
    case 'targets':
      return { type, announcement: readAnnouncement(parseJsonObject(payload.rest())) };
    case 'ping':
    case 'pong':
      return { type, token: payload.bytes(PING_BYTES) };
    case 'reconcile':
      return { type, newestSeen: payload.u32(), open: payload.u32s() };
    case 'go_away':
      return { type, goAway: readGoAway(payload.rest()) };
  }
}

function readRequest(payload: PayloadReader): { windowBytes: number; head: RequestHead } {
  const deadlineMs = payload.u32();
  const windowBytes = payload.u32();
  const method = known(METHODS, payload.u8());
  const address = readAddress(payload.text(payload.u16()));
  const path = payload.text(payload.u16());
  if (!isRequestTarget(path)) throw new ProtocolError('path of a request has a forbidden character');
  const headers = parseHeaderBlock(payload.restAsText());
  return { windowBytes, head: { deadlineMs, method, address, path, headers } };
}

function readConnect(payload: PayloadReader): { windowBytes: number; head: { deadlineMs: number; address: string } } {
  const deadlineMs = payload.u32();
  const windowBytes = payload.u32();
  return { windowBytes, head: { deadlineMs, address: readAddress(payload.restAsText()) } };
}

function readAddress(address: string): string {
  if (!isAddressText(address)) throw new ProtocolError('address has a forbidden character');
  return address;
}

function readResponse(payload: PayloadReader): ResponseHead {
  const status = payload.u16();
  if (status < 200 || status > 999) throw new ProtocolError(`status ${status} is none of a final answer`);
  const reason = payload.text(payload.u16());
  if (!isReason(reason)) throw new ProtocolError('reason phrase has a forbidden character');
  return { status, reason, headers: parseHeaderBlock(payload.text(payload.u32())) };
}

function readBody(payload: PayloadReader): Uint8Array {
  const body = payload.rest();
  if (body.length > MAX_DATA_BYTES) throw new ProtocolError(`more than ${MAX_DATA_BYTES} bytes of data in a frame`);
  return body;
}

function readGoAway(payload: Uint8Array): GoAway {
  const json = parseJsonObject(payload);
  return {
    reason: asString(json['reason'] ?? '', 'reason', MAX_MESSAGE_BYTES),
    reconnectAfterMs: asInteger(json['reconnectAfterMs'] ?? 0, 'reconnectAfterMs', 0, MAX_RECONNECT_MS),
  };
}

function readMessage(payload: PayloadReader): string {
  const bytes = payload.rest();
  if (bytes.length > MAX_MESSAGE_BYTES) throw new ProtocolError('message is too long');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function code(type: FrameType): number {
  return FRAME_TYPES[type];
}

function known<Name>(names: ReadonlyMap<number, Name>, code: number): Name {
  const name = names.get(code);
  if (name === undefined) throw new ProtocolError(`unknown code ${code}`);
  return name;
}

function invert<Name extends string>(codes: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  const names = Object.keys(codes) as Name[];
  return new Map(names.map((name) => [codes[name], name]));
}
