// Arbitrary frames, and arbitrary damage to their bytes, for properties under fast-check.

import * as fc from 'fast-check';
import type { ExchangeFrame, Frame, TunnelFrame } from '@pullway/shared/protocol/frames';
import { encodeFrame } from './real-codec.ts';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const exchange = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
const windowBytes = fc.constantFrom(0, 1, 100, 65_536, 262_144, 2 ** 31, 2 ** 32 - 1);
const body = fc.uint8Array({ maxLength: 40 });
const message = fc.string({ unit: 'grapheme', maxLength: 20 });
const tokenCharacters = Array.from("!#$%&'*+-.^_`|~09azAZ");
const latin1Codes = Array.from({ length: 256 }, (_, code) => code).filter(
  (code) => code === 9 || (code >= 32 && code !== 127),
);
const valueCharacters = latin1Codes.map((code) => String.fromCharCode(code));
const visibleCharacters = valueCharacters.filter((character) => character !== ' ' && character !== '\t');

function textOf(characters: readonly string[], minLength = 0): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength: 12 });
}

const headers = fc
  .array(fc.tuple(textOf(tokenCharacters, 1), textOf(valueCharacters)), { maxLength: 5 })
  .map((fields) => fields.flat());
const path = textOf(visibleCharacters).map((rest) => `/${rest}`);
const name = fc.constantFrom('a', 'node-7', 'prod-eu', 'x.y_z', '0');
const features = fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 });

const target = fc.record({
  id: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  address: fc.constantFrom('client:9100', 'web-1.shop.pod.prod-eu:8080', '[fd00::7]:80', '10.0.0.7:65535'),
  path: fc.constantFrom('/metrics', '/', '/probe'),
  labels: fc.dictionary(fc.constantFrom('job', '__proto__', 'constructor', '__meta_x', 'A1'), message, {
    noNullPrototype: true,
  }),
  passthrough: fc.boolean(),
  allowedPaths: fc.array(fc.constantFrom('/debug/*', '/a'), { maxLength: 2 }),
});

const tunnelFrame: fc.Arbitrary<TunnelFrame> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    hello: fc.record({
      versions: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
      features,
      name,
      cluster: fc.oneof(fc.constant(''), name),
      instance: fc.string({ maxLength: 10 }),
      version: fc.string({ maxLength: 10 }),
      standby: fc.boolean(),
      maxExchanges: fc.integer({ min: 1, max: 4096 }),
    }),
  }),
  fc.record({
    type: fc.constant('welcome' as const),
    welcome: fc.record({
      version: fc.integer({ min: 1, max: 3 }),
      features,
      replica: fc.string({ maxLength: 10 }),
      tunnel: fc.string({ maxLength: 10 }),
    }),
  }),
  fc.record({
    type: fc.constant('targets' as const),
    announcement: fc.record({
      snapshot: fc.boolean(),
      more: fc.boolean(),
      add: fc.array(target, { maxLength: 3 }),
      remove: fc.array(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 3 }),
    }),
  }),
  fc.record({
    type: fc.constantFrom('ping' as const, 'pong' as const),
    token: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('reconcile' as const), newestSeen: u32, open: fc.array(exchange, { maxLength: 4 }) }),
  fc.record({
    type: fc.constant('go_away' as const),
    goAway: fc.record({ reason: message, reconnectAfterMs: fc.integer({ min: 0, max: 3_600_000 }) }),
  }),
);

const exchangeFrame: fc.Arbitrary<ExchangeFrame> = fc.oneof(
  fc.record({
    type: fc.constant('request' as const),
    exchange,
    windowBytes,
    head: fc.record({
      deadlineMs: u32,
      method: fc.constantFrom('GET' as const, 'HEAD' as const),
      address: textOf(visibleCharacters),
      path,
      headers,
    }),
  }),
  fc.record({
    type: fc.constant('connect' as const),
    exchange,
    windowBytes,
    head: fc.record({ deadlineMs: u32, address: textOf(visibleCharacters) }),
  }),
  fc.record({
    type: fc.constant('response' as const),
    exchange,
    isEnd: fc.boolean(),
    head: fc.record({ status: fc.integer({ min: 200, max: 999 }), reason: textOf(valueCharacters), headers }),
    body,
  }),
  fc.record({ type: fc.constant('connected' as const), exchange, windowBytes }),
  fc.record({ type: fc.constant('data' as const), exchange, isEnd: fc.boolean(), bytes: body }),
  fc.record({ type: fc.constant('credit' as const), exchange, bytes: windowBytes }),
  fc.record({
    type: fc.constant('cancel' as const),
    exchange,
    code: fc.constantFrom('scraper_gone' as const, 'deadline_passed' as const, 'replica_stopping' as const),
    message,
  }),
  fc.record({
    type: fc.constant('failure' as const),
    exchange,
    code: fc.constantFrom('unknown_target' as const, 'target_timeout' as const, 'agent_stopping' as const),
    message,
  }),
);

export const arbitraryFrame: fc.Arbitrary<Frame> = fc.oneof(tunnelFrame, exchangeFrame);

type Damage = (bytes: Uint8Array) => Uint8Array;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(7)).map(
    ([at, bit]): Damage =>
      (bytes) =>
        withByte(bytes, at, (byte) => byte ^ (1 << bit)),
  ),
  fc.tuple(fc.nat(9), fc.nat(255)).map(
    ([at, value]): Damage =>
      (bytes) =>
        withByte(bytes, at, () => value),
  ),
  fc.nat().map(
    (length): Damage =>
      (bytes) =>
        bytes.subarray(0, length % (bytes.length + 1)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map(
    (more): Damage =>
      (bytes) =>
        Uint8Array.from([...bytes, ...more]),
  ),
);

/** Bytes of a frame: sound, damaged in one to three places, or random altogether. */
export const arbitraryMessage: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 2, arbitrary: arbitraryFrame.map(encodeFrame) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(arbitraryFrame, fc.array(damage, { minLength: 1, maxLength: 3 }))
      .map(([frame, damages]) => damages.reduce((bytes, damaged) => damaged(bytes), encodeFrame(frame))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
);

function withByte(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const changed = Uint8Array.from(bytes);
  const index = at % bytes.length;
  changed[index] = change(changed[index] ?? 0);
  return changed;
}
