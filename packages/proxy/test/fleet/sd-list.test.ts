import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced, FleetStand } from '../support/fleet-stand.ts';

/** Address, path and agent of what is listed, in order. */
async function summary(stand: FleetStand): Promise<readonly string[]> {
  const { entries } = await stand.list.snapshot();
  return entries
    .filter(({ isListed }) => isListed)
    .map(({ address, path, announcers }) => `${address}${path} ${announcers.map(({ name }) => name).join('+')}`);
}

test('lists by address, path and labels, whoever came first', async () => {
  const stand = new FleetStand();
  stand
    .join({ name: 'b' })
    .announce(announced({ address: 'web:80' }), announced({ id: 2, address: 'a:1', path: '/z' }));
  stand.join({ name: 'a' }).announce(announced({ address: 'a:1', path: '/a' }), announced({ id: 2, address: 'a:10' }));
  assert.deepEqual(await summary(stand), ['a:1/a a', 'a:1/z b', 'a:10/metrics a', 'web:80/metrics b']);
});

test('makes one entry of twins, whose agent is the first by name', async () => {
  const stand = new FleetStand();
  stand.join({ name: 'two' }).announce(announced());
  stand.join({ name: 'one' }).announce(announced());
  assert.deepEqual(await summary(stand), ['client:9100/metrics one+two']);
  const [group] = await stand.listed();
  assert.ok(JSON.stringify(group).includes('"__meta_pullway_agent":"one"'));
});

test('keeps targets apart that differ in a label', async () => {
  const stand = new FleetStand();
  stand.join({ name: 'one' }).announce(announced({ labels: { job: 'a' } }));
  stand.join({ name: 'two' }).announce(announced({ labels: { job: 'b' } }));
  assert.equal((await stand.listed()).length, 2);
});

test('has a new version exactly when something that is shown has changed', async () => {
  const stand = new FleetStand();
  const agent = stand.join({ name: 'one' }).announce(announced());
  const first = (await stand.list.snapshot()).version;
  agent.announce(announced());
  assert.equal((await stand.list.snapshot()).version, first, 'the same list again');
  stand.join({ name: 'two' }).announce(announced());
  assert.equal((await stand.list.snapshot()).version, first, 'a twin behind the first by name');
  agent.change({ snapshot: false, add: [announced({ id: 2, address: 'web:80' })], remove: [] });
  const second = (await stand.list.snapshot()).version;
  assert.ok(second > first);
  agent.change({ snapshot: false, add: [], remove: [2] });
  assert.ok((await stand.list.snapshot()).version > second);
  assert.deepEqual(await summary(stand), ['client:9100/metrics one+two']);
});

test('keeps its order over thousands of targets that come and go', async () => {
  const stand = new FleetStand();
  const agent = stand.join({ name: 'one' });
  const many = Array.from({ length: 3_000 }, (_, index) =>
    announced({ id: index + 1, address: `h${(index * 7919) % 3_001}:80` }),
  );
  agent.announce(...many);
  await stand.list.snapshot();
  agent.change({ snapshot: false, add: [], remove: many.filter(({ id }) => id % 3 === 0).map(({ id }) => id) });
  const listed = (await summary(stand)).map((line) => line.split('/')[0] ?? '');
  const expected = many.filter(({ id }) => id % 3 !== 0).map(({ address }) => address);
  assert.deepEqual(listed.toSorted(), expected.toSorted());
  assert.equal(stand.list.size, 2_000);
  const texts = (await stand.list.snapshot()).entries.map(({ start }) => start);
  assert.deepEqual(texts, texts.toSorted());
});

test('has taken in every change that was told before it was asked', async () => {
  const stand = new FleetStand();
  const agent = stand.join();
  agent.announce(announced());
  const during = stand.list.snapshot();
  agent.change({ snapshot: false, add: [announced({ id: 2, address: 'web:80' })], remove: [] });
  const after = stand.list.snapshot();
  await during;
  assert.equal((await after).entries.length, 2);
});
