// Frames that no sound peer sends: random bytes, and sound frames with damage. The same for the same seed, so that a failure can be repeated.

import {
  encodeCredit,
  encodeData,
  encodeFailure,
  encodePayload,
  encodeReconcile,
} from '@pullway/shared/protocol/encode';
import {
  encodeCancel,
  encodeConnected,
  encodeRequest,
  encodeResponse,
  sealHead,
} from '@pullway/shared/protocol/encode';
import { helloFrame, targetsFrame } from './tunnel-peer.ts';

export interface Chance {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
}

/** Numbers of a xorshift generator; good enough for tests, and the same everywhere. */
export function chance(seed: number): Chance {
  let state = seed | 1;
  return {
    below: (bound) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % bound;
    },
  };
}

/** One frame: sound, damaged in one place, cut, or random altogether. */
export function badFrame(random: Chance): Uint8Array {
  if (random.below(6) === 0) return randomBytes(random, random.below(200));
  const frame = Buffer.from(soundFrame(random));
  switch (random.below(4)) {
    case 0:
      return frame;
    case 1:
      return frame.subarray(0, random.below(frame.length + 1));
    case 2:
      return Buffer.concat([frame, randomBytes(random, 1 + random.below(9))]);
    default:
      frame[random.below(frame.length)] = random.below(256);
      return frame;
  }
}

/** A frame of any type, for one of the first exchanges or for any. */
function soundFrame(random: Chance): Uint8Array {
  const exchange = random.below(3) === 0 ? random.below(2 ** 32) : 1 + random.below(5);
  const head = { status: 200 + random.below(400), reason: 'OK', headers: ['X-A', 'b', 'Content-Length', '3'] };
  const body = { chunks: [randomBytes(random, 3)], bytes: 3, isEnd: random.below(2) === 0 };
  const request = {
    deadlineMs: 1000,
    method: 'GET',
    address: 'a:1',
    path: '/metrics',
    headers: ['Host', 'a'],
  } as const;
  const makers = [
    () => helloFrame(),
    () => targetsFrame('bad:80', 'worse:80'),
    () => encodePayload('ping', randomBytes(random, 8)),
    () => encodePayload('pong', randomBytes(random, 8)),
    () => encodeReconcile(exchange, [exchange, exchange + 1]),
    () => encodeRequest(exchange, 65_536, request),
    () => encodeResponse(exchange, sealHead(head), body),
    () => encodeConnected(exchange, 65_536),
    () => encodeData(exchange, body.chunks, body.bytes, body.isEnd),
    () => encodeCredit(exchange, random.below(2 ** 32)),
    () => encodeCancel(exchange, 'scraper_gone', 'gone'),
    () => encodeFailure(exchange, 'target_unreachable', 'no'),
  ];
  const maker = makers[random.below(makers.length)];
  return maker === undefined ? new Uint8Array() : maker();
}

function randomBytes(random: Chance, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}
