// Agents that break the protocol, or lie. What they do ends their own tunnel at most: the proxy lives, and scrapes through the tunnel
// of an honest agent succeed all the while.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { encodeData, encodeFailure, encodePayload, encodeResponse, sealHead } from '@pullway/shared/protocol/encode';
import { badFrame, chance } from './support/bad-frames.ts';
import { runCleanPair, type CleanPair } from './support/clean-pair.ts';
import { eventually } from './support/eventually.ts';
import { runExporter } from './support/exporter.ts';
import type { HttpAnswer } from './support/http-answer.ts';
import { connectScraper, scrapeRequest } from './support/raw-scraper.ts';
import { runProxy } from './support/proxy.ts';
import { scrape } from './support/scraper.ts';
import { SteadyScrapes } from './support/steady-scrapes.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { dialAsAgent, joinAsAgent, type TunnelPeer } from './support/tunnel-peer.ts';

const ROGUES = 150;
/** More than any of them lives to send. */
const FRAMES = 60;
const SEED = 20_261_124;
const PROTOCOL_ERROR = 4000;
const HONEST_URL = 'http://near/metrics';
const OK = sealHead({ status: 200, reason: 'OK', headers: [] });
/** What a WebSocket says to a message that is too long (RFC 6455, 7.4.1). */
const TOO_BIG = 1009;

test('150 agents that send random and damaged frames harm nobody but themselves', async (t) => {
  const pair = await startHonest(t);
  const random = chance(SEED);
  const honest = new SteadyScrapes(pair.proxy.port, HONEST_URL);
  for (let at = 0; at < ROGUES; at += 1) {
    const rogue = await joinAsAgent(t, pair.proxy.port, `rogue-${at % 3}`, [`rogue-${at}:80`]);
    // One in three has something to answer to.
    const asked =
      at % 3 === 0 ? scrape(pair.proxy.port, `http://rogue-${at}/metrics`, { timeoutSeconds: 1 }) : undefined;
    for (let frame = 0; frame < FRAMES; frame += 1) rogue.send(badFrame(random));
    rogue.send(Uint8Array.from([0x6f, 0, 0, 0, 0, 0]));
    const { code } = await rogue.ended;
    assert.ok(code >= 4000 && code <= 4010, `close code ${code} for rogue ${at} of seed ${SEED}`);
    await asked?.catch(() => undefined);
  }
  await isUnharmed(pair, await honest.stop());
});

test('messages that are too long, empty or text close the tunnel of their sender', async (t) => {
  const pair = await startHonest(t);
  const honest = new SteadyScrapes(pair.proxy.port, HONEST_URL);
  const tooLong = await joinAsAgent(t, pair.proxy.port, 'too-long', []);
  tooLong.send(Buffer.alloc(256 * 1024 + 1, 0x04));
  assert.ok([TOO_BIG, PROTOCOL_ERROR].includes((await tooLong.ended).code));
  const tooMuchData = await joinAsAgent(t, pair.proxy.port, 'too-much', []);
  tooMuchData.send(encodeData(1, [Buffer.alloc(64 * 1024 + 1)], 64 * 1024 + 1, false));
  assert.equal((await tooMuchData.ended).code, PROTOCOL_ERROR);
  const empty = await joinAsAgent(t, pair.proxy.port, 'empty', []);
  empty.send(new Uint8Array());
  assert.equal((await empty.ended).code, PROTOCOL_ERROR);
  const text = await joinAsAgent(t, pair.proxy.port, 'text', []);
  text.webSocket.send('hello');
  assert.equal((await text.ended).code, PROTOCOL_ERROR);
  await isUnharmed(pair, await honest.stop());
});

test('an agent that never reads is cut off before it costs much', async (t) => {
  const pair = await startHonest(t);
  const honest = new SteadyScrapes(pair.proxy.port, HONEST_URL);
  const deaf = await joinAsAgent(t, pair.proxy.port, 'deaf', []);
  await pair.proxy.hasAgents(2);
  deaf.webSocket.pause();
  // Each PING makes a PONG that nobody reads; what waits for the deaf agent is bounded.
  const ping = encodePayload('ping', new Uint8Array(8));
  await eventually(
    async () => {
      for (let at = 0; at < 100_000 && deaf.webSocket.bufferedAmount < 4 * 1024 * 1024; at += 1) deaf.send(ping);
      assert.equal(await pair.proxy.metricSum('pullway_proxy_agents'), 1);
    },
    { timeoutMs: 60_000 },
  );
  await isUnharmed(pair, await honest.stop());
});

for (const { name, frame } of [
  { name: 'never opened', frame: () => encodeResponse(77, OK, { chunks: [Buffer.from('x')], bytes: 1, isEnd: true }) },
  { name: 'of another tunnel', frame: () => encodeFailure(1, 'target_unreachable', 'I am not asked') },
]) {
  test(`an answer for an exchange ${name} closes the tunnel of who sent it, and answers nobody`, async (t) => {
    const pair = await startHonest(t);
    const victim = await joinAsAgent(t, pair.proxy.port, 'victim', ['victim:80']);
    const rogue = await joinAsAgent(t, pair.proxy.port, 'rogue', ['rogue:80']);
    await pair.proxy.hasAgents(3);
    const asked = scrape(pair.proxy.port, 'http://victim/metrics', { timeoutSeconds: 30 });
    const { exchange } = await victim.next('request');
    assert.equal(exchange, 1);
    rogue.send(frame());
    assert.equal((await rogue.ended).code, PROTOCOL_ERROR);
    victim.send(encodeResponse(exchange, OK, { chunks: [Buffer.from('mine')], bytes: 4, isEnd: true }));
    assert.equal((await asked).body.toString(), 'mine');
    await isUnharmed(pair, []);
  });
}

/** Which of these the proxy refuses with 502 or cuts; none may reach the scraper's connection as it is. */
const LIES: readonly { readonly name: string; readonly headers: readonly string[]; readonly body: string }[] = [
  { name: 'a Content-Length that is too short', headers: ['Content-Length', '2'], body: 'okHTTP/1.1 200 OK' },
  { name: 'a Content-Length that is too long', headers: ['Content-Length', '500'], body: 'ok' },
  { name: 'two Content-Length', headers: ['Content-Length', '2', 'content-length', '17'], body: 'okHTTP/1.1 200 OK' },
  { name: 'a Content-Length that is no number', headers: ['Content-Length', '0x2'], body: 'ok' },
];

test('an agent that lies about the length of a body desynchronises nobody', async (t) => {
  const pair = await startHonest(t);
  const rogue = await joinAsAgent(t, pair.proxy.port, 'rogue', ['rogue:80']);
  await pair.proxy.hasAgents(2);
  for (const { name, headers, body } of LIES) {
    const { answer, next } = await answerWith(t, pair, rogue, { headers, body });
    assert.ok(answer.status === 502 || !answer.isComplete, `${name}: ${answer.status} ${answer.body.toString()}`);
    if (answer.isComplete) assert.equal(next?.body.toString(), '# TYPE exporter_up gauge\nexporter_up 1\n', name);
  }
  assert.equal(rogue.isOver, false);
  await isUnharmed(pair, []);
});

test('hop-by-hop fields of an agent end at the proxy', async (t) => {
  const pair = await startHonest(t);
  const rogue = await joinAsAgent(t, pair.proxy.port, 'rogue', ['rogue:80']);
  await pair.proxy.hasAgents(2);
  const headers = [
    'Transfer-Encoding',
    'chunked',
    'Connection',
    'close, X-A',
    'X-A',
    '1',
    'X-Pullway-Outcome',
    'agent_gone',
  ];
  const { answer, next } = await answerWith(t, pair, rogue, {
    headers: [...headers, 'Content-Length', '5'],
    body: '0\r\n\r\n',
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.toString(), '0\r\n\r\n');
  assert.doesNotMatch(answer.fields.join('\n'), /^(x-a|x-pullway-outcome)$/im);
  assert.equal(next?.status, 200);
  await isUnharmed(pair, []);
});

test('without a known token there is no tunnel', async (t) => {
  const configFile = join(await temporaryFolder(t), 'pullway.yml');
  const sha256 = createHash('sha256').update('the right one').digest('hex');
  await writeFile(configFile, `agent_tokens: [{ name: only, sha256: ${sha256} }]\n`);
  const proxy = await runProxy(t, { isInsecure: false, flags: [`--config.file=${configFile}`] });
  for (const token of [undefined, 'wrong', 'the wrong one', 'x'.repeat(8000)]) {
    const refused = dialAsAgent(t, proxy.port, token === undefined ? {} : { token });
    await assert.rejects(refused, /Unexpected server response: 401/);
  }
  assert.equal(await proxy.metricSum('pullway_proxy_agents'), 0);
  assert.ok((await proxy.metricSum('pullway_proxy_agents_refused_total')) >= 4);
});

/** A pair whose target `near` is scraped while others misbehave. */
async function startHonest(t: TestContext): Promise<CleanPair> {
  const exporter = await runExporter(t);
  return runCleanPair(t, { targets: [`near=http://${exporter.hostPort}/metrics`] });
}

/** The proxy lives, the honest agent has kept its tunnel, and nothing is left of what the others did. */
async function isUnharmed(pair: CleanPair, failures: readonly string[]): Promise<void> {
  assert.deepEqual(failures, []);
  assert.equal(pair.proxy.program.isRunning, true, pair.proxy.program.output);
  assert.equal((await scrape(pair.proxy.port, HONEST_URL)).status, 200);
  assert.equal(await pair.agent.metricSum('pullway_agent_reconnects_total'), 0);
  await pair.isIdle();
}

/** The rogue's answer as a scraper receives it, and what it gets for an honest target on the same connection, if that lives. */
async function answerWith(
  t: TestContext,
  pair: CleanPair,
  rogue: TunnelPeer,
  { headers, body }: { readonly headers: readonly string[]; readonly body: string },
): Promise<{ answer: HttpAnswer; next: HttpAnswer | undefined }> {
  const scraper = await connectScraper(t, pair.proxy.port);
  scraper.send(scrapeRequest('http://rogue/metrics'));
  const { exchange } = await rogue.next('request');
  const bytes = Buffer.from(body);
  const head = sealHead({ status: 200, reason: 'OK', headers });
  rogue.send(encodeResponse(exchange, head, { chunks: [bytes], bytes: bytes.length, isEnd: true }));
  const answer = await scraper.answer();
  return { answer, next: answer.isComplete ? await scraper.scrape(HONEST_URL) : undefined };
}
