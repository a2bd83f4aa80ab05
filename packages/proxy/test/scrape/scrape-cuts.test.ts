// How a scrape ends that does not run to its end: a status line while one can be sent, a cut connection afterwards, and the agent told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced } from '../support/fleet-stand.ts';
import { DEADLINE_MS, RecordingAnswer, ScrapeStand } from '../support/scrape-stand.ts';

/** A body that has begun and is not complete. */
async function begin(stand: ScrapeStand, ...headers: readonly string[]) {
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]).respond(...headers).write('part');
  await stand.quiet();
  assert.match(scraper.received, /part/);
  return { agent, scraper, answer };
}

test('cuts the connection when the exporter breaks in the middle of a body', async (t) => {
  const stand = new ScrapeStand(t);
  const { scraper, answer } = await begin(stand);
  answer.exchange.fail('target_unreachable', 'the exporter died');
  await stand.quiet();
  assert.ok(scraper.destroyed);
  assert.doesNotMatch(scraper.received, /0\r\n\r\n$/);
  assert.deepEqual(stand.outcomes, ['target_unreachable: agent client: the exporter died']);
  assert.equal(stand.ends[0]?.bodyBytes, 4);
});

test('cuts the connection when the tunnel breaks in the middle of a body, and asks no other agent', async (t) => {
  const stand = new ScrapeStand(t);
  const { agent, scraper } = await begin(stand);
  const other = stand.join({ name: 'other', instance: 'other' }).announce(announced());
  agent.vanish();
  await stand.quiet();
  assert.ok(scraper.destroyed);
  assert.equal(other.scrapes.length, 0);
  assert.match(stand.outcomes[0] ?? '', /^tunnel_lost: /);
});

test('answers 504 when the deadline has passed, and tells the agent', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]);
  t.mock.timers.tick(DEADLINE_MS - 1);
  await stand.quiet();
  assert.equal(scraper.received, '');
  t.mock.timers.tick(1);
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 504 client:9100 did not answer within 9\.5s\r\n/);
  assert.equal(scraper.destroyed, false);
  assert.deepEqual(answer.failures, [{ code: 'deadline_passed', message: '' }]);
});

test('cuts a body that is not complete at the deadline, and tells the agent', async (t) => {
  const stand = new ScrapeStand(t);
  const { scraper, answer } = await begin(stand);
  t.mock.timers.tick(DEADLINE_MS);
  await stand.quiet();
  assert.ok(scraper.destroyed);
  assert.deepEqual(answer.failures, [{ code: 'deadline_passed', message: '' }]);
  assert.deepEqual(stand.outcomes, ['target_timeout: client:9100 did not answer within 9.5s']);
});

test('a scrape that is over has no deadline any more', async (t) => {
  const stand = new ScrapeStand(t);
  const { scraper, answer } = await begin(stand);
  answer.exchange.end();
  await stand.quiet();
  t.mock.timers.tick(DEADLINE_MS);
  await stand.quiet();
  assert.equal(scraper.destroyed, false);
  assert.deepEqual(stand.outcomes, ['answered: ']);
});

test('tells the agent that the scraper hung up before the answer', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]);
  await scraper.hangUp();
  await stand.quiet();
  assert.deepEqual(answer.failures, [{ code: 'scraper_gone', message: '' }]);
  assert.deepEqual(stand.outcomes, ['scraper_gone: ']);
});

test('tells the agent that the scraper hung up in the middle of a body', async (t) => {
  const stand = new ScrapeStand(t);
  const { scraper, answer } = await begin(stand);
  await scraper.hangUp();
  await stand.quiet();
  assert.deepEqual(answer.failures, [{ code: 'scraper_gone', message: '' }]);
  assert.deepEqual(stand.outcomes, ['scraper_gone: ']);
});

for (const [what, body] of [
  ['shorter', 'part'],
  ['longer', 'more than ten bytes'],
] as const) {
  test(`refuses a body that comes at once and is ${what} than announced`, async (t) => {
    const stand = new ScrapeStand(t);
    const agent = stand.join().announce(announced());
    const scraper = await stand.ask();
    new RecordingAnswer(agent.scrapes[0]).respond('Content-Length', '10').write(body).exchange.end();
    await stand.quiet();
    assert.match(
      scraper.received,
      /^HTTP\/1\.1 502 agent client: the body of client:9100 does not match its Content-L/,
    );
    assert.match(stand.outcomes[0] ?? '', /^target_protocol: /);
  });

  test(`cuts a body that turns out to be ${what} than announced`, async (t) => {
    const stand = new ScrapeStand(t);
    const { scraper, answer } = await begin(stand, 'Content-Length', '10');
    answer.write(what === 'longer' ? body : '').exchange.end();
    await stand.quiet();
    assert.ok(scraper.destroyed);
    assert.deepEqual(stand.outcomes, ['target_protocol: the body of client:9100 does not match its Content-Length']);
  });
}

test('refuses an answer that has no meaning, and tells the agent', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]).respond('Content-Length', '4', 'Content-Length', '5');
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 502 agent client: ambiguous Content-Length\r\n/);
  assert.deepEqual(answer.failures, [{ code: 'scraper_gone', message: 'the answer cannot be passed on' }]);
});

test('answers 503 for a replica that stops before the answer', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]);
  for (const scrape of [...stand.scrapes, ...stand.scrapes]) scrape.abort('this replica is stopping');
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 503 this replica is stopping\r\n/);
  assert.deepEqual(answer.failures, [{ code: 'replica_stopping', message: '' }]);
  assert.deepEqual(stand.outcomes, ['proxy_busy: this replica is stopping']);
});

test('cuts the body of a replica that stops', async (t) => {
  const stand = new ScrapeStand(t);
  const { scraper, answer } = await begin(stand);
  for (const scrape of stand.scrapes) scrape.abort('this replica is stopping');
  await stand.quiet();
  assert.ok(scraper.destroyed);
  assert.deepEqual(answer.failures, [{ code: 'replica_stopping', message: '' }]);
});

test('a scraper that does not read stops the exporter, and gets everything once it does', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  scraper.isReading = false;
  const answer = new RecordingAnswer(agent.scrapes[0]).respond();
  const part = 'x'.repeat(64 * 1024);
  for (let parts = 0; parts < 16; parts += 1) answer.write(part);
  answer.exchange.end();
  await stand.quiet();
  const proxy = stand.candidates[0]?.connection.tunnel.session;
  assert.equal(proxy?.openExchanges, 1, 'the body has not gone out of the agent');
  await scraper.resumeReading();
  for (let round = 0; round < 4; round += 1) await stand.quiet();
  assert.equal(proxy?.openExchanges, 0);
  assert.equal(scraper.received.match(/x/g)?.length, 16 * part.length);
  assert.match(scraper.received, /\r\n0\r\n\r\n$/);
});
