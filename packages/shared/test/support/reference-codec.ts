// A second, naive codec, written from docs/protocol.md alone: slow, obvious, byte by byte. The real one is compared with it.
// It must not import the real codec; of the tunnel's JSON frames it knows the envelope only.

import type { Frame } from '@pullway/shared/protocol/frames';

const TYPES: Record<number, Frame['type']> = {
  1: 'hello',
  2: 'welcome',
  3: 'targets',
  4: 'ping',
  5: 'pong',
  6: 'reconcile',
  7: 'go_away',
  16: 'request',
  17: 'connect',
  18: 'response',
  19: 'connected',
  20: 'data',
  21: 'credit',
  22: 'cancel',
  23: 'failure',
};
const METHODS = { 1: 'GET', 2: 'HEAD' } as Record<number, 'GET' | 'HEAD'>;
const CANCELS = ['scraper_gone', 'deadline_passed', 'replica_stopping'] as const;
const FAILURES = [
  'unknown_target',
  'not_exposed',
  'agent_busy',
  'target_unreachable',
  'target_tls',
  'target_protocol',
  'target_timeout',
  'body_too_large',
  'agent_stopping',
] as const;

/** What the page says about a message: a frame, nothing (unknown and optional), an error, or JSON, which is not judged here. */
export type Verdict = Frame | 'ignored' | 'error' | 'json';

class Short extends Error {}

class Bytes {
  rest: number[];

  constructor(bytes: number[]) {
    this.rest = bytes;
  }

  take(count: number): number[] {
    if (count > this.rest.length) throw new Short();
    const taken = this.rest.slice(0, count);
    this.rest = this.rest.slice(count);
    return taken;
  }

  number(width: number): number {
    let value = 0;
    for (const byte of this.take(width)) value = value * 256 + byte;
    return value;
  }

  latin1(count: number): string {
    return this.take(count)
      .map((byte) => String.fromCharCode(byte))
      .join('');
  }

  all(): number[] {
    return this.take(this.rest.length);
  }
}

export function referenceDecode(message: Uint8Array): Verdict {
  try {
    return decode(new Bytes([...message]), message.length);
  } catch (error) {
    if (error instanceof Short) return 'error';
    throw error;
  }
}

function decode(bytes: Bytes, length: number): Verdict {
  if (length > 256 * 1024) return 'error';
  const code = bytes.number(1);
  const flags = bytes.number(1);
  const exchange = bytes.number(4);
  const type = TYPES[code];
  if (type === undefined) return flags >= 128 ? 'ignored' : 'error';
  if (code < 16 !== (exchange === 0)) return 'error';
  if (['hello', 'welcome', 'targets', 'go_away'].includes(type)) return 'json';
  return code < 16 ? decodeTunnel(type, bytes) : decodeExchange(type, exchange, flags % 2 === 1, bytes);
}

function decodeTunnel(type: Frame['type'], bytes: Bytes): Verdict {
  if (type === 'ping' || type === 'pong') return { type, token: Uint8Array.from(bytes.take(8)) };
  if (type !== 'reconcile') return 'error';
  const newestSeen = bytes.number(4);
  const open: number[] = [];
  while (bytes.rest.length > 0) open.push(bytes.number(4));
  return { type, newestSeen, open };
}

function decodeExchange(type: Frame['type'], exchange: number, isEnd: boolean, bytes: Bytes): Verdict {
  switch (type) {
    case 'request':
      return decodeRequest(exchange, bytes);
    case 'response':
      return decodeResponse(exchange, isEnd, bytes);
    case 'connect': {
      const deadlineMs = bytes.number(4);
      const windowBytes = bytes.number(4);
      const address = bytes.latin1(bytes.rest.length);
      return isVisible(address) ? { type, exchange, windowBytes, head: { deadlineMs, address } } : 'error';
    }
    case 'connected':
      return { type, exchange, windowBytes: bytes.number(4) };
    case 'credit':
      return { type, exchange, bytes: bytes.number(4) };
    case 'data':
      return bytes.rest.length > 65536 ? 'error' : { type, exchange, isEnd, bytes: Uint8Array.from(bytes.all()) };
    default:
      return decodeVerdict(type, exchange, bytes);
  }
}

function decodeVerdict(type: Frame['type'], exchange: number, bytes: Bytes): Verdict {
  const number = bytes.number(1);
  const message = Buffer.from(bytes.all());
  if (message.length > 1024) return 'error';
  const text = message.toString('utf8');
  const cancel = CANCELS[number - 1];
  const failure = FAILURES[number - 1];
  if (type === 'cancel' && cancel !== undefined) return { type, exchange, code: cancel, message: text };
  if (type === 'failure' && failure !== undefined) return { type, exchange, code: failure, message: text };
  return 'error';
}

function decodeRequest(exchange: number, bytes: Bytes): Verdict {
  const deadlineMs = bytes.number(4);
  const windowBytes = bytes.number(4);
  const method = METHODS[bytes.number(1)];
  const address = bytes.latin1(bytes.number(2));
  const path = bytes.latin1(bytes.number(2));
  const headers = decodeHeaders(bytes.latin1(bytes.rest.length));
  if (method === undefined || headers === undefined) return 'error';
  if (!path.startsWith('/') || !isVisible(path) || !isVisible(address)) return 'error';
  return { type: 'request', exchange, windowBytes, head: { deadlineMs, method, address, path, headers } };
}

function decodeResponse(exchange: number, isEnd: boolean, bytes: Bytes): Verdict {
  const status = bytes.number(2);
  const reason = bytes.latin1(bytes.number(2));
  const headers = decodeHeaders(bytes.latin1(bytes.number(4)));
  const body = Uint8Array.from(bytes.all());
  if (status < 200 || status > 999 || headers === undefined || body.length > 65536) return 'error';
  if (!charactersOf(reason).every((character) => isFieldCharacter(character))) return 'error';
  return { type: 'response', exchange, isEnd, head: { status, reason, headers }, body };
}

function decodeHeaders(block: string): string[] | undefined {
  if (block.length > 65536) return undefined;
  if (block === '') return [];
  const fields = block.split('\n');
  if (fields.length % 2 === 1) return undefined;
  const isFit = fields.every((field, index) =>
    index % 2 === 0 ? isToken(field) : charactersOf(field).every((character) => isFieldCharacter(character)),
  );
  return isFit ? fields : undefined;
}

function isToken(name: string): boolean {
  const separators = '"(),/:;<=>?@[\\]{}';
  return (
    name.length > 0 &&
    charactersOf(name).every((character) => character > ' ' && character < '\x7f' && !separators.includes(character))
  );
}

function isFieldCharacter(character: string): boolean {
  const code = character.charCodeAt(0);
  return code === 9 || (code >= 32 && code < 127) || (code >= 128 && code < 256);
}

function isVisible(text: string): boolean {
  return charactersOf(text).every(
    (character) => character !== ' ' && character !== '\t' && isFieldCharacter(character),
  );
}

export function referenceEncode(frame: Frame): Uint8Array {
  const code = Object.entries(TYPES).find(([, type]) => type === frame.type)?.[0];
  const exchange = 'exchange' in frame ? frame.exchange : 0;
  const flags = 'isEnd' in frame && frame.isEnd ? 1 : 0;
  return Uint8Array.from([Number(code), flags, ...big(exchange, 4), ...payloadOf(frame)]);
}

function payloadOf(frame: Frame): readonly number[] {
  switch (frame.type) {
    case 'ping':
    case 'pong':
      return [...frame.token];
    case 'reconcile':
      return [frame.newestSeen, ...frame.open].flatMap((number) => big(number, 4));
    case 'request': {
      const { deadlineMs, method, address, path, headers } = frame.head;
      const numbers = [...big(deadlineMs, 4), ...big(frame.windowBytes, 4), method === 'GET' ? 1 : 2];
      return [...numbers, ...text(address), ...text(path), ...latin1(headers.join('\n'))];
    }
    case 'connect':
      return [...big(frame.head.deadlineMs, 4), ...big(frame.windowBytes, 4), ...latin1(frame.head.address)];
    case 'response': {
      const block = latin1(frame.head.headers.join('\n'));
      return [
        ...big(frame.head.status, 2),
        ...text(frame.head.reason),
        ...big(block.length, 4),
        ...block,
        ...frame.body,
      ];
    }
    case 'connected':
      return big(frame.windowBytes, 4);
    case 'data':
      return [...frame.bytes];
    case 'credit':
      return big(frame.bytes, 4);
    case 'cancel':
      return [CANCELS.indexOf(frame.code) + 1, ...Buffer.from(frame.message)];
    case 'failure':
      return [FAILURES.indexOf(frame.code) + 1, ...Buffer.from(frame.message)];
    case 'hello': {
      const { maxExchanges, ...fields } = frame.hello;
      return json({ ...fields, limits: { maxExchanges } });
    }
    case 'welcome':
      return json(frame.welcome);
    case 'targets':
      return json(frame.announcement);
    case 'go_away':
      return json(frame.goAway);
  }
}

function big(value: number, width: number): number[] {
  const bytes: number[] = [];
  for (let left = value; bytes.length < width; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return bytes;
}

function text(value: string): number[] {
  return [...big(value.length, 2), ...latin1(value)];
}

function latin1(value: string): number[] {
  return charactersOf(value).map((character) => character.charCodeAt(0));
}

function json(value: object): number[] {
  return [...Buffer.from(JSON.stringify(value))];
}

function charactersOf(value: string): string[] {
  return value.split('');
}
