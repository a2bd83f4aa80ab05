// Programs that come and go: names that two agents claim, stops that let scrapes finish.

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { runAgent, type RunningAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { answerUp, runExporter, type RunningExporter } from '../support/exporter.ts';
import { runPair } from '../support/pair.ts';
import { runProxy } from '../support/proxy.ts';
import { scrape } from '../support/scraper.ts';

/** A displaced agent asks once a minute, give or take a tenth, whether it may come back. */
const STANDBY = { timeoutMs: 90_000 };

interface SlowExporter extends RunningExporter {
  readonly answerNow: () => void;
}

export function comingAndGoing(): void {
  test('of two agents with one name the newest serves; the other is told, waits, and comes back', async (t) => {
    const proxy = await runProxy(t);
    const exporters = await Promise.all([runExporter(t), runExporter(t)]);
    const start = (exporter: RunningExporter): Promise<RunningAgent> =>
      runAgent(t, { proxies: [proxy.url], targets: [`shop:8080=http://${exporter.hostPort}/metrics`] });
    const older = await start(exporters[0]);
    await older.isReady();
    const newer = await start(exporters[1]);
    await newer.isReady();
    await assertDisplaced(older);
    await proxy.hasAgents(1);
    assert.equal((await scrape(proxy.port, 'http://shop:8080/metrics')).status, 200);
    assert.deepEqual([exporters[0].requests.length, exporters[1].requests.length], [0, 1]);
    assert.equal(await proxy.metric('pullway_proxy_duplicate_agents_total{outcome="displaced"}'), 1);
    assert.match(proxy.program.output, /level=warn msg="agent name is claimed twice, the newest instance serves"/);

    assert.deepEqual(await newer.program.stop(), { code: 0, signal: null });
    await eventually(async () => {
      assert.equal((await scrape(proxy.port, 'http://shop:8080/metrics')).status, 200);
    }, STANDBY);
    assert.equal(exporters[0].requests.length, 1, 'the older one serves again');
    await older.isReady();
  });

  test('SIGTERM of the proxy: the running scrape finishes, the program ends with 0, the agent comes to its successor', async (t) => {
    const exporter = await runSlowExporter(t);
    const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
    const url = `http://client:${exporter.port}/metrics`;
    const running = scrape(proxy.port, url, { timeoutSeconds: 60 });
    await eventually(() => assert.equal(exporter.requests.length, 1));
    proxy.program.signal('SIGTERM');
    await agent.program.outputMatching(/the proxy asks to connect anew/);
    exporter.answerNow();
    const { status, body } = await running;
    assert.deepEqual([status, body.toString()], [200, '# TYPE exporter_up gauge\nexporter_up 1\n']);
    assert.deepEqual(await proxy.program.ended, { code: 0, signal: null });
    const successor = await runProxy(t, { port: proxy.port });
    await successor.hasAgents(1);
    const next = scrape(successor.port, url, { timeoutSeconds: 60 });
    await eventually(() => assert.equal(exporter.requests.length, 2));
    exporter.answerNow();
    assert.equal((await next).status, 200);
  });

  test('SIGTERM of the proxy while nothing runs: keep-alive connections of scrapers do not hold it', async (t) => {
    const exporter = await runExporter(t);
    const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    assert.equal((await scrape(proxy.port, `http://client:${exporter.port}/metrics`, { agent })).status, 200);
    const startedAt = performance.now();
    proxy.program.signal('SIGTERM');
    assert.deepEqual(await proxy.program.ended, { code: 0, signal: null });
    assert.ok(performance.now() - startedAt < 10_000, 'far below the grace of 30 s');
  });

  test('SIGTERM of the agent: the running scrape finishes, the program ends with 0, the next is told at once', async (t) => {
    const exporter = await runSlowExporter(t);
    const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
    const url = `http://client:${exporter.port}/metrics`;
    const running = scrape(proxy.port, url, { timeoutSeconds: 60 });
    await eventually(() => assert.equal(exporter.requests.length, 1));
    agent.program.signal('SIGTERM');
    await eventually(async () => assert.match((await proxy.get('/api/v1/agents')).text, /"state":"leaving"/));
    const { status, outcome, reason } = await scrape(proxy.port, url, { timeoutSeconds: 10 });
    assert.deepEqual([status, outcome, reason], [503, 'agent_gone', 'agent client is stopping']);
    assert.equal(exporter.requests.length, 1, 'nothing new was opened');
    exporter.answerNow();
    assert.equal((await running).status, 200);
    assert.deepEqual(await agent.program.ended, { code: 0, signal: null });
    assert.equal(exporter.openConnections, 0);
  });

  test('a grace time that is over cuts what still runs, and the proxy ends', async (t) => {
    const exporter = await runSlowExporter(t);
    const { proxy } = await runPair(t, {
      proxy: { flags: ['--shutdown.grace=1s'] },
      agent: { targets: [exporter.hostPort] },
    });
    const running = scrape(proxy.port, `http://client:${exporter.port}/metrics`, { timeoutSeconds: 60 });
    await eventually(() => assert.equal(exporter.requests.length, 1));
    proxy.program.signal('SIGTERM');
    const { status, outcome, reason } = await running;
    assert.deepEqual([status, outcome], [503, 'proxy_busy'], reason);
    assert.deepEqual(await proxy.program.ended, { code: 0, signal: null });
    await eventually(() => assert.equal(exporter.openConnections, 0));
  });
}

async function assertDisplaced(agent: RunningAgent): Promise<void> {
  await eventually(async () => {
    const { status, text } = await agent.get('/-/ready');
    assert.equal(status, 503);
    assert.match(text, /newer instance with the same name|another instance serves this name/);
  });
  await agent.program.outputMatching(/level=warn msg="another agent with this name serves; waiting for it to leave"/);
}

/** Answers when it is told to, all who wait. */
async function runSlowExporter(t: TestContext): Promise<SlowExporter> {
  const waiting = new Set<ServerResponse>();
  const exporter = await runExporter(t, (_request, response) => waiting.add(response));
  const answerNow = (): void => {
    for (const response of waiting) answerUp(response.req, response);
    waiting.clear();
  };
  return Object.assign(exporter, { answerNow });
}
