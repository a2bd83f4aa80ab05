import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import { ExchangeMap } from '@pullway/shared/protocol/exchange-map';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

const LAST = 2 ** 32 - 1;
const ports = {
  sendControl: (): void => {},
  requestTurn: (): void => {},
  forget: (): void => {},
  now: (): number => 0,
  minRoundTripMs: (): undefined => undefined,
};

function exchange(id: number): AnswerExchange {
  return new AnswerExchange(id, 0, ports);
}

function mapWith(...ids: readonly number[]): ExchangeMap {
  const map = new ExchangeMap();
  for (const id of ids) map.add(exchange(id));
  return map;
}

test('numbers rise from 1', () => {
  assert.equal(new ExchangeMap().nextId(), 1);
  assert.equal(mapWith(1, 2).nextId(), 3);
});

test('after the last number they start again at 1, leaving out those in use', () => {
  assert.equal(mapWith(LAST).nextId(), 1);
  assert.equal(mapWith(1, 2, LAST).nextId(), 3);
});

test('tells what is over already from what was never opened', () => {
  const map = mapWith(1, 2);
  const [first] = map.all();
  assert.ok(first);
  map.delete(first);
  assert.equal(map.find(1), undefined);
  assert.equal(map.find(2)?.id, 2);
  assert.throws(() => map.find(3), ProtocolError);
});

test('after the numbers came round, an unknown number may be one that is over', () => {
  const map = mapWith(LAST, 1);
  assert.equal(map.find(LAST - 5), undefined);
  assert.equal(map.newest, 1);
});

test('a peer may leave out numbers, but not use one twice or go back', () => {
  const map = new ExchangeMap();
  map.addFromPeer(exchange(1));
  map.addFromPeer(exchange(5));
  for (const id of [5, 1, 4]) assert.throws(() => map.addFromPeer(exchange(id)), ProtocolError);
  map.addFromPeer(exchange(6));
  assert.deepEqual(map.ids, [1, 5, 6]);
});

test('a peer may start again at 1 after the last number', () => {
  const map = mapWith(LAST);
  map.addFromPeer(exchange(1));
  map.addFromPeer(exchange(2));
  assert.throws(() => map.addFromPeer(exchange(LAST)), ProtocolError);
  assert.equal(map.newest, 2);
});

function ids(exchanges: readonly { readonly id: number }[]): number[] {
  return exchanges.map(({ id }) => id);
}

test('finds what a peer no longer lists, leaving out what is still on its way to it', () => {
  const map = mapWith(1, 2, 3, 4);
  assert.deepEqual(ids(map.unlistedUpTo(3, [2, 77])), [1, 3]);
  assert.deepEqual(map.unlistedUpTo(0, []), []);
  assert.deepEqual(ids(map.unlisted([2, 77])), [1, 3, 4]);
});

test('finds what a peer no longer lists across the last number', () => {
  const map = mapWith(LAST - 1, LAST, 1, 2);
  assert.deepEqual(ids(map.unlistedUpTo(1, [LAST])), [LAST - 1, 1]);
});
