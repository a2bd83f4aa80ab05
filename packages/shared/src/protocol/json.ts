// Reading JSON payloads of frames: known fields of the wrong type are protocol errors, unknown fields are ignored.

import { ProtocolError } from './protocol-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws ProtocolError unless `payload` is UTF-8 JSON with an object at its top. */
export function parseJsonObject(payload: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(utf8Decoder.decode(payload));
  } catch (cause) {
    throw new ProtocolError('payload is no JSON', 'protocol_error', { cause });
  }
  return asObject(value, 'payload');
}

export function asObject(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new ProtocolError(`${what} is no object`);
  return value;
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ProtocolError(`${what} is no list`);
  return value;
}

export function asString(value: unknown, what: string, maxLength: number): string {
  if (typeof value !== 'string') throw new ProtocolError(`${what} is no string`);
  if (value.length > maxLength) throw new ProtocolError(`${what} is longer than ${maxLength} characters`);
  return value;
}

export function asInteger(value: unknown, what: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new ProtocolError(`${what} is no integer from ${min} to ${max}`);
  }
  return value;
}

export function asBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new ProtocolError(`${what} is neither true nor false`);
  return value;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
