// Any frame by the real encoders, which are one function for each type: for tests that treat frames as values.

import {
  encodeCancel,
  encodeConnect,
  encodeConnected,
  encodeCredit,
  encodeData,
  encodeFailure,
  encodeJson,
  encodePayload,
  encodeReconcile,
  encodeRequest,
  encodeResponse,
  sealHead,
} from '@pullway/shared/protocol/encode';
import type { Frame } from '@pullway/shared/protocol/frames';
import { helloToJson } from '@pullway/shared/protocol/handshake';

export function encodeFrame(frame: Frame): Uint8Array {
  switch (frame.type) {
    case 'hello':
      return encodeJson('hello', helloToJson(frame.hello));
    case 'welcome':
      return encodeJson('welcome', frame.welcome);
    case 'targets':
      return encodePayload('targets', Buffer.from(JSON.stringify(frame.announcement)));
    case 'go_away':
      return encodeJson('go_away', frame.goAway);
    case 'ping':
    case 'pong':
      return encodePayload(frame.type, frame.token);
    case 'reconcile':
      return encodeReconcile(frame.newestSeen, frame.open);
    case 'request':
      return encodeRequest(frame.exchange, frame.windowBytes, frame.head);
    case 'connect':
      return encodeConnect(frame.exchange, frame.windowBytes, frame.head);
    case 'response':
      return encodeResponse(frame.exchange, sealHead(frame.head), portion(frame.body, frame.isEnd));
    case 'connected':
      return encodeConnected(frame.exchange, frame.windowBytes);
    case 'data':
      return encodeData(frame.exchange, [frame.bytes], frame.bytes.length, frame.isEnd);
    case 'credit':
      return encodeCredit(frame.exchange, frame.bytes);
    case 'cancel':
      return encodeCancel(frame.exchange, frame.code, frame.message);
    case 'failure':
      return encodeFailure(frame.exchange, frame.code, frame.message);
  }
}

function portion(body: Uint8Array, isEnd: boolean): { chunks: Uint8Array[]; bytes: number; isEnd: boolean } {
  return { chunks: [body], bytes: body.length, isEnd };
}

/** The same frame with every view of bytes as a plain Uint8Array, so that deepEqual compares bytes and not classes. */
export function plainBytes<Value>(value: Value): Value {
  return structuredCloneBytes(value) as Value;
}

function structuredCloneBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(structuredCloneBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structuredCloneBytes(inner)]));
}
