// Ends that fall silent: a network that swallows everything, agents that never say HELLO, clients that never finish a request.
// These tests wait in real time, most of them for half a minute, and so run side by side.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runCleanPair } from './support/clean-pair.ts';
import { runAgent } from './support/agent.ts';
import { eventually } from './support/eventually.ts';
import { answerNothing, runExporter } from './support/exporter.ts';
import { runProxy } from './support/proxy.ts';
import { startRogueProxy } from './support/rogue-proxy.ts';
import { startRelay, type Relay } from './support/relay.ts';
import { scrape } from './support/scraper.ts';
import { dialAsAgent } from './support/tunnel-peer.ts';

/** What the issue grants for both ends to notice, in milliseconds. */
const NOTICED_WITHIN_MS = 35_000;
/** A proxy looks for slow clients every 5 s and an agent every 2 s; the rest is for a busy machine. */
const SLACK_MS = 10_000;

suite('silence', { concurrency: true }, () => {
  test('both ends notice a network that swallows everything, scrapes fail, and the agent is soon back', async (t) => {
    const exporter = await runExporter(t, (request, response) => {
      if (request.url === '/metrics?hang') answerNothing(request, response);
      else response.end('ok 1\n');
    });
    let relay: Relay | undefined;
    const pair = await runCleanPair(t, {
      targets: [`far=http://${exporter.hostPort}/metrics`],
      between: async (port) => {
        relay = await startRelay(t, port);
        return relay.port;
      },
    });
    const running = scrape(pair.proxy.port, 'http://far/metrics?hang', { timeoutSeconds: 120 });
    await eventually(() => assert.equal(exporter.openConnections, 1));
    const swallowedAt = performance.now();
    relay?.swallow();
    const answer = await running;
    const proxyNoticed = performance.now() - swallowedAt;
    assert.equal(answer.outcome, 'tunnel_lost', answer.reason);
    assert.equal(answer.status, 502);
    assert.match(answer.reason, /^the tunnel to agent client broke during the scrape/);
    await eventually(() => assert.equal(exporter.openConnections, 0), { timeoutMs: NOTICED_WITHIN_MS });
    const agentNoticed = performance.now() - swallowedAt;
    assert.ok(proxyNoticed < NOTICED_WITHIN_MS, `the proxy after ${Math.round(proxyNoticed)} ms`);
    assert.ok(agentNoticed < NOTICED_WITHIN_MS, `the agent after ${Math.round(agentNoticed)} ms`);
    relay?.restore();
    // An attempt that the network swallowed takes 10 s to fail; the pause after it is a few seconds at that count.
    await pair.proxy.hasAgents(1);
    assert.equal((await scrape(pair.proxy.port, 'http://far/metrics')).status, 200);
    await pair.isIdle();
  });

  test('a tunnel on which HELLO never comes is closed after 10 s, with a code that says so', async (t) => {
    const proxy = await runProxy(t);
    const startedAt = performance.now();
    const agent = await dialAsAgent(t, proxy.port);
    const end = await agent.ended;
    const seconds = (performance.now() - startedAt) / 1000;
    assert.equal(end.code, 4008, end.reason);
    assert.ok(seconds > 9 && seconds < 20, `after ${seconds.toFixed(1)} s`);
    assert.equal(await proxy.metricSum('pullway_proxy_agents'), 0);
  });

  test('a tunnel on which WELCOME never comes is closed after 10 s, and the agent dials again', async (t) => {
    const proxy = await startRogueProxy(t);
    const agent = await runAgent(t, { proxies: [`http://127.0.0.1:${proxy.port}`] });
    const tunnel = await proxy.nextTunnel();
    const startedAt = performance.now();
    const { code, reason } = await tunnel.ended;
    const seconds = (performance.now() - startedAt) / 1000;
    assert.equal(code, 4008, reason);
    assert.ok(seconds > 8 && seconds < 20, `after ${seconds.toFixed(1)} s`);
    await (await proxy.nextTunnel()).next('hello');
    assert.equal((await agent.get('/-/ready')).status, 503);
  });

  test('slow loris: clients that never finish a head, or never begin one, are closed on every listener, and nobody else notices', async (t) => {
    const exporter = await runExporter(t);
    const proxyFlags = ['--tunnel.listen-address=127.0.0.1:0'];
    const proxy = await runProxy(t, { flags: proxyFlags });
    const [, tunnelPort = ''] = await proxy.program.outputMatching(/msg=listening .*\btunnel=127\.0\.0\.1:(\d+)/);
    const pair = await runCleanPair(t, { targets: [`near=http://${exporter.hostPort}/metrics`] });
    const ports = [proxy.port, Number(tunnelPort), pair.proxy.port, pair.agent.port];
    const ends = Promise.all([
      ...ports.map((port) => drip(t, port, SLOW_HEAD)),
      ...ports.map((port) => drip(t, port, '')),
    ]);
    const over = ends.then(() => true);
    let scrapes = 0;
    while (!(await Promise.race([over, pause(500, false)]))) {
      assert.equal((await scrape(pair.proxy.port, 'http://near/metrics')).status, 200);
      scrapes += 1;
    }
    assert.ok(scrapes > 5);
    for (const seconds of await ends) assert.ok(seconds < 35 + SLACK_MS / 1000, `after ${seconds.toFixed(1)} s`);
  });
});

const SLOW_HEAD = 'GET /tunnel HTTP/1.1\r\nHost: slow\r\nX-Slow: ';

/** Sends `begin` and one further byte each second; nothing at all when it is empty. @returns the seconds after which the other end had enough */
function drip(t: TestContext, port: number, begin: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write(begin);
    const timer = setInterval(() => {
      if (begin !== '') socket.write('x');
    }, 1000);
    socket.on('error', () => {});
    socket.resume().once('close', () => {
      clearInterval(timer);
      resolve((performance.now() - startedAt) / 1000);
    });
  });
}
