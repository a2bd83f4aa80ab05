// What a scraper gets while nothing of an answer has gone out: the answer, the next agent's, or the reason why there is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced } from '../support/fleet-stand.ts';
import { DEADLINE_MS, RecordingAnswer, ScrapeStand } from '../support/scrape-stand.ts';

test('passes an answer as the exporter gave it', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join({ cluster: 'prod' }).announce(announced());
  const scraper = await stand.ask();
  const headers = ['X-B', '1', 'content-length', '5', 'X-A', '2', 'X-A', '3', 'X-Pullway-Outcome', 'forged'];
  agent.scrapes[0]?.respond({ status: 418, reason: 'Short and Stout', headers });
  agent.scrapes[0]?.write(Buffer.from('hello'));
  agent.scrapes[0]?.end();
  await stand.quiet();
  const fields = 'X-B: 1\r\ncontent-length: 5\r\nX-A: 2\r\nX-A: 3\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5';
  assert.equal(scraper.received, `HTTP/1.1 418 Short and Stout\r\n${fields}\r\n\r\nhello`);
  assert.deepEqual(stand.ends, [{ outcome: 'answered', reason: '', cluster: 'prod', bodyBytes: 5 }]);
});

test('asks the agent for what the scraper asked, with the time that is left', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  await stand.ask({ method: 'HEAD', target: '/metrics?a=%20b', fields: 'Accept: text/plain\r\nTE: trailers\r\n' });
  const [head] = agent.heads;
  assert.deepEqual(head, {
    deadlineMs: DEADLINE_MS,
    method: 'HEAD',
    address: 'client:9100',
    path: '/metrics?a=%20b',
    headers: ['Host', 'client:9100', 'Accept', 'text/plain'],
  });
});

test('streams a body whose length nobody knows, and keeps the connection', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  const answer = new RecordingAnswer(agent.scrapes[0]).respond();
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s, 'the head does not wait for the body');
  answer.write('first ');
  await stand.quiet();
  assert.match(scraper.received, /first \r\n$/);
  answer.write('second').exchange.end();
  await stand.quiet();
  assert.match(scraper.received, /6\r\nfirst \r\n6\r\nsecond\r\n0\r\n\r\n$/);
  assert.equal(scraper.destroyed, false);
  assert.equal(stand.ends[0]?.bodyBytes, 12);
});

test('an answer to HEAD has a length and no body', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask({ method: 'HEAD' });
  new RecordingAnswer(agent.scrapes[0]).respond('Content-Length', '1000').exchange.end();
  await stand.quiet();
  assert.match(scraper.received, /Content-Length: 1000\r\n.*\r\n\r\n$/s);
  assert.deepEqual(stand.outcomes, ['answered: ']);
});

test('says in the status line why there is no answer', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join({ cluster: 'prod' }).announce(announced());
  const scraper = await stand.ask();
  agent.scrapes[0]?.fail('target_unreachable', 'connect ECONNREFUSED 127.0.0.1:9100');
  await stand.quiet();
  const reason = 'agent client: connect ECONNREFUSED 127.0.0.1:9100';
  assert.match(scraper.received, /^HTTP\/1\.1 502 agent client: connect ECONNREFUSED 127\.0\.0\.1:9100\r\n/);
  assert.deepEqual(stand.ends, [{ outcome: 'target_unreachable', reason, cluster: 'prod', bodyBytes: 0 }]);
});

test('says that the agent has all it takes', async (t) => {
  const stand = new ScrapeStand(t);
  stand.join({ maxExchanges: 1 }).announce(announced());
  await stand.ask();
  const second = await stand.ask();
  assert.match(second.received, /^HTTP\/1\.1 503 agent client already has 1 scrapes in flight\r\n/);
});

test('refuses a request that no frame can carry, and harms no other', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  // More than fits in a frame, though less than a listener takes.
  const scraper = await stand.ask({ fields: `X-Long: ${'a'.repeat(70_000)}\r\n` });
  assert.match(scraper.received, /^HTTP\/1\.1 400 the request cannot be forwarded: /);
  assert.match(stand.outcomes[0] ?? '', /^request_malformed: /);
  await stand.ask();
  assert.equal(agent.scrapes.length, 1);
});

test('asks another agent when the first is lost before its answer, with the time that is left', async (t) => {
  const stand = new ScrapeStand(t);
  const [a, b] = ['a', 'b'].map((name) => stand.join({ name, instance: name }).announce(announced()));
  assert.ok(a !== undefined && b !== undefined);
  const scraper = await stand.ask();
  const [first, second] = a.scrapes.length > 0 ? [a, b] : [b, a];
  stand.clock.advance(1_000);
  first.vanish();
  await stand.quiet();
  const leftMs = second.heads[0]?.deadlineMs ?? 0;
  assert.ok(leftMs <= DEADLINE_MS - 1_000 && leftMs > DEADLINE_MS - 2_000, `${leftMs} ms are left`);
  new RecordingAnswer(second.scrapes[0]).respond('Content-Length', '2').write('up').exchange.end();
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 200 OK\r\n.*up$/s);
  assert.deepEqual(stand.outcomes, ['answered: ']);
});

for (const code of ['agent_busy', 'agent_stopping'] as const) {
  test(`asks another agent after ${code}, and no third`, async (t) => {
    const stand = new ScrapeStand(t);
    const agents = ['a', 'b', 'c'].map((name) => stand.join({ name, instance: name }).announce(announced()));
    const scraper = await stand.ask();
    for (const agent of agents) agent.scrapes[0]?.fail(code, 'has enough');
    await stand.quiet();
    for (const agent of agents) agent.scrapes[0]?.fail(code, 'has enough');
    await stand.quiet();
    assert.equal(agents.filter(({ scrapes }) => scrapes.length > 0).length, 2);
    assert.match(scraper.received, /^HTTP\/1\.1 503 agent [abc] (has enough|is stopping)\r\n/);
    assert.equal(stand.ends.length, 1);
  });
}

test('asks nobody else what the exporter has failed at', async (t) => {
  const stand = new ScrapeStand(t);
  const agents = ['a', 'b'].map((name) => stand.join({ name, instance: name }).announce(announced()));
  const scraper = await stand.ask();
  for (const agent of agents) agent.scrapes[0]?.fail('target_timeout', 'client:9100 did not answer within 9s');
  await stand.quiet();
  assert.equal(agents.filter(({ scrapes }) => scrapes.length > 0).length, 1);
  assert.match(scraper.received, /^HTTP\/1\.1 504 client:9100 did not answer within 9s\r\n/);
});

test('says that the tunnel broke when there is no other', async (t) => {
  const stand = new ScrapeStand(t);
  const agent = stand.join().announce(announced());
  const scraper = await stand.ask();
  agent.vanish();
  await stand.quiet();
  assert.match(scraper.received, /^HTTP\/1\.1 502 the tunnel to agent client broke during the scrape/);
});
