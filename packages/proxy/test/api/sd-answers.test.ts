import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SdAnswers, type SdAnswer } from '../../src/api/sd-answers.ts';
import { parseSdFilter, type SdFilter } from '../../src/api/sd-filter.ts';
import { announced, FleetStand } from '../support/fleet-stand.ts';

function filter(query = ''): SdFilter {
  const parsed = parseSdFilter(query);
  assert.ok(parsed);
  return parsed;
}

function answersOf(stand: FleetStand): { answers: SdAnswers; rebuilt: () => number } {
  let rebuilt = 0;
  const metrics = { sdAnswered: () => {}, sdRebuilt: () => (rebuilt += 1), sdListed: () => {} };
  return { answers: new SdAnswers(stand.list, metrics, stand.clock), rebuilt: () => rebuilt };
}

function parse(answer: SdAnswer | undefined): readonly unknown[] {
  const text = Buffer.concat(answer?.chunks ?? []);
  assert.equal(text.length, answer?.bytes);
  return JSON.parse(text.toString());
}

for (const count of [0, 1, 499, 500, 501, 1_000, 1_203]) {
  test(`writes a list of ${count} as one JSON text`, async () => {
    const stand = new FleetStand();
    stand
      .join()
      .announce(...Array.from({ length: count }, (_, index) => announced({ id: index + 1, address: `h${index}:80` })));
    const { answers } = answersOf(stand);
    assert.equal(parse(await answers.get(filter())).length, count);
  });
}

test('makes an answer once for all who ask together, and keeps it while nothing changes', async () => {
  const stand = new FleetStand();
  const agent = stand.join().announce(announced());
  const { answers, rebuilt } = answersOf(stand);
  const [one, two] = await Promise.all([answers.get(filter()), answers.get(filter())]);
  assert.equal(one, two);
  assert.equal(await answers.get(filter()), one);
  assert.equal(rebuilt(), 1);
  agent.change({ snapshot: false, add: [announced({ id: 2, address: 'web:80' })], remove: [] });
  assert.equal(parse(await answers.get(filter())).length, 2);
  assert.equal(rebuilt(), 2);
});

test('keeps an answer for each filter, and no more than 64', async () => {
  const stand = new FleetStand();
  stand.join().announce(announced());
  const { answers, rebuilt } = answersOf(stand);
  for (let index = 0; index < 65; index += 1) await answers.get(filter(`job=j${index}`));
  assert.equal(rebuilt(), 65);
  await answers.get(filter('job=j64'));
  assert.equal(rebuilt(), 65);
  await answers.get(filter('job=j0'));
  assert.equal(rebuilt(), 66);
});

test('declines to make more than 64 different answers at a time', async () => {
  const { answers } = answersOf(new FleetStand());
  const given = await Promise.all(Array.from({ length: 80 }, (_, index) => answers.get(filter(`job=j${index}`))));
  assert.equal(given.filter((answer) => answer === undefined).length, 16);
});
