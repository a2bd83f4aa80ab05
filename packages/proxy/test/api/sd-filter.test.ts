import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWanted, parseSdFilter } from '../../src/api/sd-filter.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';

/** Addresses that `query` leaves of three targets in two clusters. */
async function filtered(query: string): Promise<readonly string[]> {
  const stand = new FleetStand();
  const targets = [
    announced({ address: 'a:1', labels: { job: 'x' } }),
    announced({ id: 2, address: 'b:1', labels: { job: 'y' } }),
  ];
  stand.join({ name: 'one', cluster: 'eu' }).announce(...targets);
  stand.join({ name: 'two' }).announce(announced({ address: 'c:1', labels: { job: 'x' } }));
  const filter = parseSdFilter(query);
  assert.ok(filter);
  const { entries } = await stand.list.snapshot();
  return entries.filter((entry) => isWanted(entry, filter)).map(({ address }) => address);
}

const TABLE: Readonly<Record<string, readonly string[]>> = {
  '': ['a:1', 'b:1', 'c:1'],
  'cluster=eu': ['a:1', 'b:1'],
  'cluster=': ['c:1'],
  'cluster=eu&cluster=': ['a:1', 'b:1', 'c:1'],
  'job=x': ['a:1', 'c:1'],
  'cluster=eu&job=x': ['a:1'],
  'agent=two': ['c:1'],
  'agent=nobody': [],
  'team=infra&job=y': ['b:1'],
};

for (const [query, expected] of Object.entries(TABLE)) {
  test(`?${query} leaves ${expected.join(', ') || 'nothing'}`, async () => {
    assert.deepEqual(await filtered(query), expected);
  });
}

test('is the same for queries that mean the same', () => {
  const one = parseSdFilter('cluster=a&cluster=b&x=1');
  assert.equal(parseSdFilter('cluster=b&cluster=a&cluster=b')?.key, one?.key);
  assert.notEqual(parseSdFilter('cluster=a&cluster=b&meta=false')?.key, one?.key);
});

test('does not take more values than anybody would name', () => {
  const query = Array.from({ length: 300 }, (_, index) => `agent=a${index}`).join('&');
  assert.equal(parseSdFilter(query), undefined);
});
