import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { ProxyMetrics } from '../src/metrics.ts';

async function page(use: (metrics: ProxyMetrics, registry: Registry) => void): Promise<string> {
  const registry = new Registry();
  use(new ProxyMetrics(registry), registry);
  return registry.metrics();
}

test('counts scrapes by cluster and outcome, their bytes, and how long they took', async () => {
  const text = await page((metrics) => {
    for (let scrape = 0; scrape < 3; scrape += 1) {
      metrics.started();
      metrics.finished('answered', 'eu', 4, 1_000);
    }
    metrics.started();
    metrics.finished('target_timeout', 'eu', 9_500, 0);
    metrics.started();
  });
  assert.match(text, /^pullway_proxy_scrapes_total\{cluster="eu",outcome="answered"\} 3$/m);
  assert.match(text, /^pullway_proxy_scrapes_total\{cluster="eu",outcome="target_timeout"\} 1$/m);
  assert.match(text, /^pullway_proxy_scrape_body_bytes_total\{cluster="eu"\} 3000$/m);
  assert.match(text, /^pullway_proxy_scrapes_in_flight 1$/m);
  assert.match(text, /^pullway_proxy_scrape_duration_seconds_bucket\{le="0\.005",result="answered"\} 3$/m);
  assert.match(text, /^pullway_proxy_scrape_duration_seconds_sum\{result="failed"\} 9\.5$/m);
});

test('says the same when it is asked twice', async () => {
  const registry = new Registry();
  const metrics = new ProxyMetrics(registry);
  metrics.refused('unknown_target');
  metrics.tunnelClosed('draining');
  assert.equal(await registry.metrics(), await registry.metrics());
});

test('counts clusters beyond 1,000 together', async () => {
  const text = await page((metrics) => {
    for (let cluster = 0; cluster < 1_200; cluster += 1) metrics.finished('answered', `c${cluster}`, 1, 10);
  });
  assert.equal(text.match(/^pullway_proxy_scrapes_total\{/gm)?.length, 1_001);
  assert.match(text, /^pullway_proxy_scrapes_total\{cluster="other",outcome="answered"\} 200$/m);
});

test('begins counts of what is rare at 0, so that a rate sees the first', async () => {
  const text = await page((metrics) => metrics.duplicate('refused'));
  assert.match(text, /^pullway_proxy_duplicate_agents_total\{outcome="refused"\} 1$/m);
  assert.match(text, /^pullway_proxy_duplicate_agents_total\{outcome="displaced"\} 0$/m);
  assert.match(text, /^pullway_proxy_agents_refused_total\{reason="forbidden"\} 0$/m);
  assert.match(text, /^pullway_proxy_scrapes_refused_total\{outcome="proxy_busy"\} 0$/m);
});
