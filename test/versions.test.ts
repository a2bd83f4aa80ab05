// Old programs with new ones: versions, subprotocols, fields and frames that one end does not know, at both ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAgent } from './support/agent.ts';
import { eventually } from './support/eventually.ts';
import { runProxy } from './support/proxy.ts';
import { connectScraper } from './support/raw-scraper.ts';
import { startRogueProxy, welcomeFrame } from './support/rogue-proxy.ts';
import { dialAsAgent, helloFrame, joinAsAgent, targetsFrame } from './support/tunnel-peer.ts';
import { encodeJson, encodePayload } from '@pullway/shared/protocol/encode';

/** Types that this version does not know, with and without the flag OPTIONAL. */
const OPTIONAL_FRAME = Uint8Array.from([0x6f, 0x80, 0, 0, 0, 0, 1, 2, 3]);
const REQUIRED_FRAME = Uint8Array.from([0x6f, 0x00, 0, 0, 0, 0, 1, 2, 3]);

const PROTOCOL_ERROR = 4000;
const NO_COMMON_VERSION = 4005;

test('an agent of which the proxy knows no subprotocol is told so, and not left to guess', async (t) => {
  const proxy = await runProxy(t);
  // On a bare socket: `ws` would hang up at once on a server that chose none of its subprotocols.
  const agent = await connectScraper(t, proxy.port);
  agent.send(
    ['GET /tunnel HTTP/1.1', 'Host: proxy', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
      .concat('Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: pullway.v2', '', '')
      .join('\r\n'),
  );
  await eventually(() => assert.notEqual(closeCode(agent.unread), undefined));
  assert.doesNotMatch(agent.unread.toString('latin1'), /sec-websocket-protocol/i);
  assert.equal(closeCode(agent.unread), NO_COMMON_VERSION);
  assert.equal(await proxy.metricSum('pullway_proxy_agents'), 0);
});

test('an agent that offers a newer subprotocol besides this one is taken', async (t) => {
  const proxy = await runProxy(t);
  const agent = await dialAsAgent(t, proxy.port, { subprotocols: ['pullway.v2', 'pullway.v1'] });
  assert.equal(agent.webSocket.protocol, 'pullway.v1');
  agent.send(helloFrame());
  await agent.next('welcome');
});

test('the proxy takes the highest version in common, and closes with 4005 where there is none', async (t) => {
  const proxy = await runProxy(t);
  const newer = await dialAsAgent(t, proxy.port);
  newer.send(helloFrame({ name: 'newer', versions: [1, 99] }));
  assert.equal((await newer.next('welcome')).welcome.version, 1);
  const stranger = await dialAsAgent(t, proxy.port);
  stranger.send(helloFrame({ name: 'stranger', versions: [99] }));
  const { code, reason } = await stranger.ended;
  assert.equal(code, NO_COMMON_VERSION);
  assert.match(reason, /99/);
  assert.equal(newer.isOver, false);
});

test('the proxy ignores what it does not know where that is allowed', async (t) => {
  const proxy = await runProxy(t);
  const agent = await dialAsAgent(t, proxy.port);
  agent.send(helloFrame({ features: ['teleport'], colour: 'blue', limits: { maxExchanges: 4, maxHats: 2 } }));
  assert.deepEqual((await agent.next('welcome')).welcome.features, []);
  agent.send(OPTIONAL_FRAME);
  const target = { id: 1, address: 'rogue:9100', path: '/metrics', labels: {}, colour: 'red' };
  agent.send(encodePayload('targets', Buffer.from(JSON.stringify({ snapshot: true, add: [target], hats: 3 }))));
  await eventually(async () => assert.equal(await proxy.metricSum('pullway_proxy_targets'), 1));
  agent.send(REQUIRED_FRAME);
  const { code, reason } = await agent.ended;
  assert.equal(code, PROTOCOL_ERROR);
  assert.match(reason, /unknown frame type 111/);
});

test('the proxy closes with 4000 what breaks the handshake', async (t) => {
  const proxy = await runProxy(t);
  const breaches: readonly (readonly Uint8Array[])[] = [
    [targetsFrame('early:80')],
    [welcomeFrame()],
    [helloFrame(), helloFrame()],
    [helloFrame({ name: 7 })],
    [helloFrame({ name: 'Not A Name' })],
    [helloFrame({ versions: 'all' })],
    [Uint8Array.from([1])],
  ];
  for (const frames of breaches) {
    const agent = await dialAsAgent(t, proxy.port);
    for (const frame of frames) agent.send(frame);
    assert.equal((await agent.ended).code, PROTOCOL_ERROR);
  }
  const healthy = await joinAsAgent(t, proxy.port, 'healthy', ['healthy:80']);
  await proxy.hasAgents(1);
  assert.equal(healthy.isOver, false);
});

test('the agent ignores what it does not know where that is allowed, and comes back after what is not', async (t) => {
  const proxy = await startRogueProxy(t);
  const agent = await runAgent(t, { proxies: [`http://127.0.0.1:${proxy.port}`], targets: ['127.0.0.1:1'] });
  const first = await proxy.nextTunnel();
  const { hello } = await first.next('hello');
  assert.deepEqual(hello.versions, [1]);
  assert.equal(hello.name, 'client');
  first.send(welcomeFrame({ colour: 'blue', settings: { hats: 2 } }));
  first.send(OPTIONAL_FRAME);
  const { announcement } = await first.next('targets');
  assert.ok(announcement.add.some(({ address }) => address === 'client:1'));
  await agent.isReady();
  first.send(REQUIRED_FRAME);
  assert.equal((await first.ended).code, PROTOCOL_ERROR);
  const second = await proxy.nextTunnel();
  assert.equal((await second.next('hello')).hello.instance, hello.instance, 'the same start of the same agent');
});

test('an agent without a version in common says so, and waits for its operator', async (t) => {
  const proxy = await startRogueProxy(t);
  const agent = await runAgent(t, { proxies: [`http://127.0.0.1:${proxy.port}`] });
  const tunnel = await proxy.nextTunnel();
  await tunnel.next('hello');
  tunnel.send(welcomeFrame({ version: 99 }));
  assert.equal((await tunnel.ended).code, NO_COMMON_VERSION);
  await agent.program.outputMatching(/level=error .*an operator has to act/);
  assert.equal((await agent.get('/-/ready')).status, 503);
  assert.equal(await agent.metricSum('pullway_agent_tunnel_refused'), 1);
});

test('the agent closes with 4000 what breaks the handshake', async (t) => {
  const breaches: readonly Uint8Array[] = [
    helloFrame(),
    targetsFrame('mine:80'),
    encodeJson('go_away', { reason: 'before WELCOME', reconnectAfterMs: 0 }),
    welcomeFrame({ replica: 7 }),
    Uint8Array.from([0x02, 0, 0, 0, 0, 1]),
  ];
  for (const breach of breaches) {
    const proxy = await startRogueProxy(t);
    const agent = await runAgent(t, { proxies: [`http://127.0.0.1:${proxy.port}`] });
    const tunnel = await proxy.nextTunnel();
    await tunnel.next('hello');
    tunnel.send(breach);
    assert.equal((await tunnel.ended).code, PROTOCOL_ERROR);
    agent.program.signal('SIGKILL');
  }
});

/** The code of the close frame after the head of an upgrade (RFC 6455, 5.5.1), once it is there. */
function closeCode(bytes: Buffer): number | undefined {
  const frame = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  return frame[0] === 0x88 && frame.length >= 4 ? frame.readUInt16BE(2) : undefined;
}
