// What people see of a failed scrape: the column "Error" of Prometheus' Targets page, which shows the status line and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { answerNothing, runExporter } from '../support/exporter.ts';
import { freePort } from '../support/free-port.ts';
import { runPair } from '../support/pair.ts';
import { runPrometheus } from '../support/prometheus.ts';
import { requireProgram } from '../support/real-program.ts';

export function outcomesInPrometheus(): void {
  test('lastError in Prometheus is the diagnosis', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    if (prometheusPath === undefined) return;
    const [quick, slow, closed] = await Promise.all([runExporter(t), runExporter(t, answerNothing), freePort()]);
    const { proxy, agent } = await runPair(t, {
      agent: { targets: [quick.hostPort, slow.hostPort, `127.0.0.1:${closed}`] },
    });
    const job = (name: string, port: number, more = ''): string => `
  - job_name: ${name}
    proxy_url: ${proxy.url}
    static_configs: [{ targets: ['client:${port}'] }]
${more}`;
    const prometheus = await runPrometheus(
      t,
      prometheusPath,
      [
        job('quick', quick.port),
        job('slow', slow.port, '    scrape_interval: 4s\n    scrape_timeout: 4s\n'),
        job('unreachable', closed),
        job('path', quick.port, '    metrics_path: /debug/pprof\n'),
        job('unknown', 1, '    scrape_interval: 10s\n    scrape_timeout: 10s\n'),
      ].join(''),
    );
    const errorOf = async (name: string): Promise<string> => {
      const lastError = await prometheus.lastError(name);
      return lastError.replace('server returned HTTP status ', '');
    };

    await t.test('an unknown target fails at once, not after the timeout of 10 s', async () => {
      const { lastError, lastScrapeDuration } = await prometheus.target('unknown', ({ health }) => health === 'down');
      assert.equal(lastError, 'server returned HTTP status 404 no agent has announced client:1');
      assert.ok(lastScrapeDuration < 1, `${lastScrapeDuration} s`);
    });
    await t.test('a path that is not exposed', async () => {
      assert.equal(await errorOf('path'), `403 client:${quick.port} exposes /metrics, not /debug/pprof`);
    });
    await t.test('an exporter that does not listen', async () => {
      assert.equal(await errorOf('unreachable'), `502 agent client: connect ECONNREFUSED 127.0.0.1:${closed}`);
    });
    await t.test('a slow exporter: 504 before Prometheus gives up', async () => {
      // 4 s less a tenth. On a busy machine one scrape in a row may come too late; the diagnosis has to be there then in the next.
      const target = await prometheus.target('slow', ({ lastError }) => lastError.includes('504'));
      const diagnosis = `504 client:${slow.port} did not answer within 3.6s`;
      assert.equal(target.lastError, `server returned HTTP status ${diagnosis}`);
      assert.ok(target.lastScrapeDuration < 4, `${target.lastScrapeDuration} s`);
    });
    await t.test('an agent that was up and is gone', async () => {
      await prometheus.targetUp('quick');
      agent.program.signal('SIGKILL');
      const target = await prometheus.target('quick', ({ health }) => health === 'down');
      assert.match(target.lastError, /^server returned HTTP status 50[23] (the tunnel to )?agent client /);
      await eventually(async () => {
        const [up] = await prometheus.query('up{job="quick"}');
        assert.equal(up?.value[1], '0');
        assert.match(await errorOf('quick'), /^503 agent client disconnected \d+s ago$/);
      });
    });
  });
}
