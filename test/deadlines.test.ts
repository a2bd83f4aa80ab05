// How long a scrape may take: what the scraper says, within bounds, less a margin in which the reason still reaches it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './support/eventually.ts';
import { answerNothing, runExporter } from './support/exporter.ts';
import { runPair } from './support/pair.ts';
import { scrape } from './support/scraper.ts';

const HEADER = 'x-prometheus-scrape-timeout-seconds';

test('a timeout that is absent or nonsense is the default, one that is too long is capped', async (t) => {
  const exporter = await runExporter(t, answerNothing);
  const { proxy } = await runPair(t, {
    proxy: { flags: ['--scrape.default-timeout=1s', '--scrape.max-timeout=2s'] },
    agent: { targets: [exporter.hostPort] },
  });
  const ask = async (headers: Readonly<Record<string, string>>): Promise<string> => {
    const { status, reason } = await scrape(proxy.port, `http://client:${exporter.port}/metrics`, { headers });
    assert.equal(status, 504);
    return reason.replace(`client:${exporter.port} did not answer within `, '');
  };
  const reasons = await Promise.all([
    ask({}),
    ask({ [HEADER]: 'soon' }),
    ask({ [HEADER]: '0' }),
    ask({ [HEADER]: '-5' }),
    ask({ [HEADER]: '0x10' }),
    ask({ [HEADER]: '1.5' }),
    ask({ [HEADER]: '3600' }),
    ask({ [HEADER]: '1e9' }),
  ]);
  assert.deepEqual(reasons, ['0.9s', '0.9s', '0.9s', '0.9s', '0.9s', '1.35s', '1.8s', '0.9s']);
});

test('a deadline that passes in the middle of a body cuts the connection', async (t) => {
  const exporter = await runExporter(t, (_request, response) => {
    response.write('# half of it\n');
  });
  const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const startedAt = performance.now();
  await assert.rejects(scrape(proxy.port, `http://client:${exporter.port}/metrics`, { timeoutSeconds: 1 }), {
    code: 'ECONNRESET',
  });
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 850, `${tookMs} ms`);
  await agent.isIdle();
  await proxy.isIdle();
  await eventually(() => assert.equal(exporter.openConnections, 0));
  assert.equal(await proxy.metric('pullway_proxy_scrapes_total{cluster="",outcome="target_timeout"}'), 1);
});

test('the exporter is told how much time is left', async (t) => {
  const exporter = await runExporter(t);
  const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  await scrape(proxy.port, `http://client:${exporter.port}/metrics`, { timeoutSeconds: 30 });
  const left = Number(exporter.requests[0]?.headers[HEADER]);
  assert.ok(left > 25 && left <= 29.5, `${left} s`);
});
