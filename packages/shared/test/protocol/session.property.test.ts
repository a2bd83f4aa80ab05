// Properties of two sessions joined, and of one session under attack. Seeded: a failure can be repeated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AgentSession } from '@pullway/shared/protocol/agent-session';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { Frame } from '@pullway/shared/protocol/frames';
import { GROWTH_BUDGET_BYTES } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import type { Session } from '@pullway/shared/protocol/session';
import type { StreamExchange } from '@pullway/shared/protocol/stream-exchange';
import { arbitraryFrame, arbitraryMessage } from '../support/arbitrary-frames.ts';
import { HELLO, REQUEST } from '../support/joined-tunnels.ts';
import { encodeFrame } from '../support/real-codec.ts';

const SEED = 20_261_124;
const MAX_EXCHANGES = 8;
const HEAD = { status: 200, reason: 'OK', headers: [] };
const NO_BYTES = new Uint8Array(0);
const options = { now: (): number => 0, wake: (): void => {} };

const scrapeObserver = { responded: (): void => {}, received: (): void => {}, failed: (): void => {} };
const streamObserver = {
  connected: (): void => {},
  received: (): void => {},
  writable: (): void => {},
  failed: (): void => {},
};

function receiveAll(session: Session, frames: readonly Frame[]): void {
  for (const frame of frames) session.receive(encodeFrame(frame));
}

const hello: Frame = { type: 'hello', hello: { ...HELLO, maxExchanges: MAX_EXCHANGES } };
const welcome: Frame = { type: 'welcome', welcome: { version: 1, features: [], replica: 'r', tunnel: 't' } };
const response: Frame = { type: 'response', exchange: 1, head: HEAD, body: NO_BYTES, isEnd: false };
const request: Frame = { type: 'request', exchange: 1, windowBytes: 1000, head: REQUEST };
const connect: Frame = { type: 'connect', exchange: 2, windowBytes: 1000, head: { deadlineMs: 1, address: 'a:1' } };
const connected: Frame = { type: 'connected', exchange: 2, windowBytes: 1000 };
const answererEnd: Frame = { type: 'data', exchange: 2, bytes: NO_BYTES, isEnd: true };

function proxySession(frames: readonly Frame[], then: (session: ProxySession) => void = () => {}): ProxySession {
  const session: ProxySession = new ProxySession(options, {
    helloReceived: () => session.welcome({ replica: 'r', tunnel: 't' }),
    targetsChanged: () => {},
    goingAway: () => {},
  });
  receiveAll(session, frames);
  then(session);
  return session;
}

/** An agent that answers each request at once with a head, and accepts each stream. */
function agentSession(frames: readonly Frame[]): AgentSession {
  const session = new AgentSession({ ...HELLO, maxExchanges: MAX_EXCHANGES }, options, {
    welcomed: () => session.announce({ snapshot: true, add: [], remove: [] }),
    scrapeRequested: (exchange: AnswerExchange) => {
      exchange.observer = { writable: () => {}, failed: () => {} };
      exchange.respond(HEAD);
      exchange.write(Buffer.from('up 1'));
    },
    streamRequested: (exchange: StreamExchange) => {
      exchange.observer = streamObserver;
      exchange.accept();
    },
    goingAway: () => {},
  });
  session.greet();
  receiveAll(session, frames);
  return session;
}

function openBoth(session: ProxySession): void {
  session.openScrape(REQUEST, scrapeObserver);
  session.openStream({ deadlineMs: 1, address: 'a:1' }, streamObserver);
}

/** Sessions of both roles in every stage of their life. */
const stages: Readonly<Record<string, () => Session>> = {
  'a proxy before HELLO': () => proxySession([]),
  'a proxy after WELCOME': () => proxySession([hello]),
  'a proxy with exchanges just opened': () => proxySession([hello], openBoth),
  'a proxy in the middle of a body and a stream': () =>
    proxySession([hello], (session) => {
      openBoth(session);
      receiveAll(session, [response, connected]);
    }),
  'a proxy with half-closed streams': () =>
    proxySession([hello], (session) => {
      openBoth(session);
      receiveAll(session, [response, connected, answererEnd]);
    }),
  'a proxy that lost its tunnel': () =>
    proxySession([hello], (session) => {
      openBoth(session);
      session.lose('gone');
    }),
  'an agent before WELCOME': () => agentSession([]),
  'an agent after WELCOME': () => agentSession([welcome]),
  'an agent in the middle of answers': () => agentSession([welcome, request, connect]),
  'an agent with half-closed streams': () =>
    agentSession([welcome, request, connect, { type: 'data', exchange: 2, bytes: NO_BYTES, isEnd: true }]),
};

const fromAgent = [
  'targets',
  'ping',
  'pong',
  'reconcile',
  'go_away',
  'response',
  'connected',
  'data',
  'credit',
  'failure',
];
const fromProxy = ['ping', 'pong', 'reconcile', 'go_away', 'request', 'connect', 'data', 'credit', 'cancel'];

/** Sound frames that the peer of `stage` may send, for the exchanges that are open there: they get further than random ones. */
function plausibleMessage(stage: string): fc.Arbitrary<Uint8Array> {
  const types: readonly string[] = stage.startsWith('a proxy') ? fromAgent : fromProxy;
  return arbitraryFrame
    .filter(({ type }) => types.includes(type))
    .map((frame) => encodeFrame('exchange' in frame ? { ...frame, exchange: 1 + (frame.exchange % 3) } : frame));
}

/** Feeds the frames until one is refused, and lets the session send in between. */
function attack(session: Session, messages: readonly Uint8Array[]): void {
  try {
    for (const message of messages) {
      session.receive(message);
      session.tick();
      drain(session);
    }
  } catch (error) {
    // Anything else is a fault of the session, and fails the test.
    if (!(error instanceof ProtocolError)) throw error;
  }
}

function drain(session: Session): void {
  let frames = 0;
  while (session.nextFrame() !== undefined) frames += 1;
  assert.ok(frames < 1000, 'one message made the session send a thousand');
}

for (const [stage, create] of Object.entries(stages)) {
  test(`whatever comes to ${stage}, only a ProtocolError escapes and everything stays bounded`, () => {
    const random = fc.array(arbitraryMessage, { minLength: 1, maxLength: 8 });
    const plausible = fc.array(plausibleMessage(stage), { minLength: 4, maxLength: 16 });
    fc.assert(
      fc.property(fc.oneof(random, plausible), (messages) => {
        const session = create();
        attack(session, messages);
        assert.ok(session.openExchanges <= MAX_EXCHANGES);
        assert.ok(session.growthLeftBytes >= 0 && session.growthLeftBytes <= GROWTH_BUDGET_BYTES);
        session.lose('over');
        assert.equal(session.openExchanges, 0);
        assert.equal(session.growthLeftBytes, GROWTH_BUDGET_BYTES);
      }),
      { seed: SEED, numRuns: 4000 },
    );
  });
}
