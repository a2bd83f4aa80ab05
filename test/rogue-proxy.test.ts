// Proxies that break the protocol, or ask for what is none of theirs. The agent closes that tunnel, lives, comes back, and serves its
// honest proxy all the while.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  encodeCancel,
  encodeConnect,
  encodeCredit,
  encodeData,
  encodePayload,
  encodeRequest,
} from '@pullway/shared/protocol/encode';
import type { RequestHead } from '@pullway/shared/protocol/frames';
import { runAgent, type RunningAgent } from './support/agent.ts';
import { badFrame, chance } from './support/bad-frames.ts';
import { eventually } from './support/eventually.ts';
import { answerNothing, runExporter, type RunningExporter } from './support/exporter.ts';
import { runProxy, type RunningProxy } from './support/proxy.ts';
import { startRogueProxy, welcomeFrame, type RogueProxy } from './support/rogue-proxy.ts';
import { SteadyScrapes } from './support/steady-scrapes.ts';
import type { TunnelPeer } from './support/tunnel-peer.ts';

/** Each has a tunnel of its own, so that the pauses between attempts to connect pass at the same time. */
const ROGUES = 12;
const TUNNELS_OF_EACH = 4;
const FRAMES = 60;
const SEED = 42;
const WINDOW = 65_536;
const PROTOCOL_ERROR = 4000;

interface Scene {
  readonly agent: RunningAgent;
  readonly exporter: RunningExporter;
  readonly honest: RunningProxy;
  readonly rogues: readonly RogueProxy[];
}

test('proxies that send random and damaged frames harm nobody but themselves', async (t) => {
  const scene = await startScene(t, ROGUES);
  const scrapes = new SteadyScrapes(scene.honest.port, 'http://near/metrics');
  const random = chance(SEED);
  await Promise.all(
    scene.rogues.map(async (rogue) => {
      for (let at = 0; at < TUNNELS_OF_EACH; at += 1) {
        const tunnel = await welcome(rogue);
        for (let frame = 0; frame < FRAMES; frame += 1) tunnel.send(badFrame(random));
        tunnel.send(Uint8Array.from([0x6f, 0, 0, 0, 0, 0]));
        const { code } = await tunnel.ended;
        // A sound GOAWAY may be among them; then the agent leaves in order.
        assert.ok(code === PROTOCOL_ERROR || code === 1001, `close code ${code} of seed ${SEED}`);
      }
    }),
  );
  await isUnharmed(scene, await scrapes.stop());
});

test('each breach of the protocol by a proxy closes its tunnel with 4000', async (t) => {
  const open = encodeRequest(1, WINDOW, requestOf('near:80', '/metrics?hang'));
  const breaches: readonly (readonly Uint8Array[])[] = [
    [encodePayload('targets', Buffer.from('{"add":[]}'))],
    [welcomeFrame()],
    [encodeData(9, [], 0, false)],
    [encodeCancel(9, 'scraper_gone', '')],
    [open, open],
    [open, encodeData(1, [Buffer.from('x')], 1, false)],
    [open, encodeCredit(1, 2 ** 32 - 1)],
    [Buffer.alloc(5)],
    [Buffer.alloc(256 * 1024 + 1)],
  ];
  const scene = await startScene(t, breaches.length);
  await Promise.all(
    breaches.map(async (frames, at) => {
      const rogue = scene.rogues[at];
      assert.ok(rogue);
      const tunnel = await welcome(rogue);
      for (const frame of frames) tunnel.send(frame);
      const { code } = await tunnel.ended;
      assert.ok(code === PROTOCOL_ERROR || (code === 1009 && at === breaches.length - 1), `breach ${at}: ${code}`);
    }),
  );
  await isUnharmed(scene, []);
});

test('a proxy gets what the agent declared, and nothing else, whatever it asks for', async (t) => {
  const scene = await startScene(t, 1);
  const [rogue] = scene.rogues;
  assert.ok(rogue);
  const tunnel = await welcome(rogue);
  const other = await runExporter(t);
  const refused: readonly (readonly [string, string])[] = [
    [other.hostPort, '/metrics'],
    [scene.exporter.hostPort, '/metrics'],
    ['near:80', '/secret'],
    ['near:80', '/metrics/../secret'],
    ['near:80', '/METRICS'],
    ['near:80', '/%6detrics'],
    ['near:80', '//metrics'],
    ['near:80@127.0.0.1', '/metrics'],
    ['169.254.169.254:80', '/latest/meta-data'],
  ];
  for (const [at, [address, path]] of refused.entries()) {
    tunnel.send(encodeRequest(at + 1, WINDOW, requestOf(address, path)));
    const failure = await tunnel.next('failure');
    assert.match(failure.code, /^(unknown_target|not_exposed)$/, `${address} ${path}`);
  }
  tunnel.send(encodeConnect(100, WINDOW, { deadlineMs: 5000, address: 'near:80' }));
  assert.match((await tunnel.next('failure')).code, /^(unknown_target|not_exposed)$/);
  assert.equal(scene.exporter.requests.length + other.requests.length, 0);
  tunnel.send(encodeRequest(101, WINDOW, requestOf('near:80', '/metrics')));
  assert.equal((await tunnel.next('response')).head.status, 200);
  await isUnharmed(scene, []);
});

test('a proxy that opens more exchanges than allowed is told so, and one that vanishes leaves none behind', async (t) => {
  const scene = await startScene(t, 1, ['--scrape.max-concurrent=3']);
  const [rogue] = scene.rogues;
  assert.ok(rogue);
  const tunnel = await welcome(rogue);
  for (let id = 1; id <= 5; id += 1) tunnel.send(encodeRequest(id, WINDOW, requestOf('near:80', '/metrics?hang')));
  for (const id of [4, 5]) {
    const failure = await tunnel.next('failure');
    assert.deepEqual([failure.exchange, failure.code], [id, 'agent_busy']);
  }
  await eventually(() => assert.equal(scene.exporter.openConnections, 3));
  tunnel.webSocket.terminate();
  await eventually(() => assert.equal(scene.exporter.openConnections, 0));
  await isUnharmed(scene, []);
});

/** An agent with tunnels to an honest proxy and to `count` others. */
async function startScene(t: TestContext, count: number, flags: readonly string[] = []): Promise<Scene> {
  const exporter = await runExporter(t, (request, response) => {
    if (request.url === '/metrics?hang') answerNothing(request, response);
    else response.end('up 1\n');
  });
  const honest = await runProxy(t);
  const rogues = await Promise.all(Array.from({ length: count }, () => startRogueProxy(t)));
  const proxies = [honest.url, ...rogues.map(({ port }) => `http://127.0.0.1:${port}`)];
  const agent = await runAgent(t, { proxies, targets: [`near=http://${exporter.hostPort}/metrics`], flags });
  await honest.hasAgents(1);
  return { agent, exporter, honest, rogues };
}

/** The next tunnel to `rogue`, with HELLO and WELCOME exchanged. */
async function welcome(rogue: RogueProxy): Promise<TunnelPeer> {
  const tunnel = await rogue.nextTunnel();
  await tunnel.next('hello');
  tunnel.send(welcomeFrame());
  await tunnel.next('targets');
  return tunnel;
}

async function isUnharmed({ agent, honest }: Scene, failures: readonly string[]): Promise<void> {
  assert.deepEqual(failures, []);
  assert.equal(agent.program.isRunning, true, agent.program.output);
  const after = new SteadyScrapes(honest.port, 'http://near/metrics');
  assert.deepEqual(await after.stop(), []);
  const page = (await agent.get('/metrics')).text.split('\n');
  const setbacks = page.filter((line) => line.startsWith(`pullway_agent_reconnects_total{proxy="${honest.url}`));
  assert.deepEqual(setbacks, []);
  await agent.isIdle();
  await honest.isIdle();
}

function requestOf(address: string, path: string): RequestHead {
  return { deadlineMs: 60_000, method: 'GET', address, path, headers: [] };
}
