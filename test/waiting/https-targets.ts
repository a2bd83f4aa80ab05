// Exporters that a scraper reaches over TLS of its own, through CONNECT: proxy and agent carry bytes that they cannot read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { runExporter, runTlsExporter } from '../support/exporter.ts';
import { runPair } from '../support/pair.ts';
import { runPrometheus } from '../support/prometheus.ts';
import { requireProgram } from '../support/real-program.ts';
import { hasHead, rawExchange } from '../support/scraper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export function httpsTargets(): void {
  test('Prometheus verifies a passthrough target end to end, through CONNECT', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const openssl = requireProgram(t, 'openssl');
    if (prometheusPath === undefined || openssl === undefined) return;
    const folder = await temporaryFolder(t);
    const authority = await foundAuthority(openssl, folder);
    const stranger = await foundAuthority(openssl, folder, 'another-ca');
    // Prometheus knows the exporter by the name in the address, which is the name of the agent.
    const { cert, key } = await authority.issue('exporter', ['DNS:client']);
    const exporter = await runTlsExporter(t, { cert, key });
    const closedPort = exporter.port === 1 ? 2 : 1;
    const { proxy, agent } = await runPair(t, {
      agent: {
        flags: [`--target.passthrough=${exporter.hostPort}`, `--target.passthrough=127.0.0.1:${closedPort}`],
      },
    });
    const prometheus = await runPrometheus(
      t,
      prometheusPath,
      `
  - job_name: verified
    scheme: https
    proxy_url: ${proxy.url}
    tls_config: { ca_file: ${authority.caFile} }
    static_configs: [{ targets: ['client:${exporter.port}'] }]
  - job_name: wrong-ca
    scheme: https
    proxy_url: ${proxy.url}
    tls_config: { ca_file: ${stranger.caFile} }
    static_configs: [{ targets: ['client:${exporter.port}'] }]
  - job_name: unreachable
    scheme: https
    proxy_url: ${proxy.url}
    static_configs: [{ targets: ['client:${closedPort}'] }]
  - job_name: unknown
    scheme: https
    proxy_url: ${proxy.url}
    static_configs: [{ targets: ['client:3'] }]
  - job_name: discovered
    proxy_url: ${proxy.url}
    tls_config: { ca_file: ${authority.caFile} }
    http_sd_configs: [{ url: '${proxy.url}/sd?job=static', refresh_interval: 1s }]
`,
    );
    await t.test('with the right authority the target is up', async () => {
      await prometheus.targetUp('verified');
      assert.equal((await prometheus.query('exporter_up{job="verified"}')).length, 1);
    });
    await t.test('with another authority lastError says so', async () => {
      assert.match(await prometheus.lastError('wrong-ca'), /certificate signed by unknown authority/);
    });
    await t.test(
      'an exporter that cannot be reached shows its reason, since Go shows nothing but the reason',
      async () => {
        const lastError = await prometheus.lastError('unreachable');
        assert.match(lastError, new RegExp(`agent client: connect ECONNREFUSED 127\\.0\\.0\\.1:${closedPort}`));
      },
    );
    await t.test('an address that nobody announced shows its reason', async () => {
      assert.match(await prometheus.lastError('unknown'), /no agent has announced client:3/);
    });
    await t.test('service discovery says https, so that no scheme has to be configured', async () => {
      const up = await prometheus.targetUp('discovered');
      assert.equal(up.scrapeUrl, `https://client:${exporter.port}/metrics`);
    });
    await t.test('neither side keeps a byte stream after the scraper is gone', async () => {
      prometheus.program.signal('SIGKILL');
      await prometheus.program.ended;
      await proxy.isIdle();
      await agent.isIdle();
      await eventually(() => assert.equal(exporter.openConnections, 0, 'connections of the exporter'));
    });
  });

  test('CONNECT to a target that the agent speaks TLS to itself is refused with the reason', async (t) => {
    const exporter = await runExporter(t);
    const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
    const address = `client:${exporter.port}`;
    const { text } = await rawExchange(proxy.port, `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n`, {
      isWhole: hasHead,
    });
    const [statusLine] = text.split('\r\n');
    assert.equal(statusLine, `HTTP/1.1 403 ${address} is scraped with scheme http; its agent speaks TLS to it`);
    assert.match(text, /^X-Pullway-Outcome: not_exposed\r$/m);
  });

  test('CONNECT is answered with 200 and nothing else in the status, and carries bytes both ways', async (t) => {
    const exporter = await runExporter(t);
    const { proxy } = await runPair(t, { agent: { flags: [`--target.passthrough=${exporter.hostPort}`] } });
    const address = `client:${exporter.port}`;
    const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    // The request follows without waiting for the answer: what comes early must not get lost.
    const { text, end } = await rawExchange(
      proxy.port,
      `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n${request}`,
    );
    assert.match(text, /^HTTP\/1\.1 200 [^\r\n]+\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    assert.match(text, /exporter_up 1/);
    assert.equal(end, 'closed');
  });
}
