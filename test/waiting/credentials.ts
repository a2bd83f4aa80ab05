// Credentials for exporters: they stay in the cluster, and nobody else's get through in their place.

import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { foundAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { answerUp, runExporter, runTlsExporter, type RunningExporter } from '../support/exporter.ts';
import { runPair, type Pair } from '../support/pair.ts';
import { runPrometheus } from '../support/prometheus.ts';
import { requireProgram } from '../support/real-program.ts';
import { scrape } from '../support/scraper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BASIC = `Basic ${Buffer.from('scraper:open sesame').toString('base64')}`;

interface Cluster extends Pair {
  readonly bearer: RunningExporter;
  readonly basic: RunningExporter;
  readonly open: RunningExporter;
  /** Wants a client certificate. */
  readonly mutual: RunningExporter;
  /** Replaces the token file, as a rotation does. */
  readonly rotateToken: (token: string) => Promise<void>;
}

export function credentials(): void {
  test('the agent speaks TLS and adds credentials; the scraper sees plain http', async (t) => {
    const openssl = requireProgram(t, 'openssl');
    const prometheusPath = requireProgram(t, 'prometheus');
    if (openssl === undefined || prometheusPath === undefined) return;
    const cluster = await runCluster(t, openssl);
    const { proxy, bearer, basic, open, mutual } = cluster;

    await t.test(
      'Prometheus has up = 1 for https exporters with a bearer token, basic auth, a client certificate',
      async (t) => {
        const prometheus = await runPrometheus(
          t,
          prometheusPath,
          `
  - job_name: all
    proxy_url: ${proxy.url}
    http_sd_configs: [{ url: '${proxy.url}/sd', refresh_interval: 1s }]
`,
        );
        for (const job of ['bearer', 'basic', 'mutual']) {
          const target = await prometheus.target(
            'all',
            ({ labels, health }) => labels['job'] === job && health === 'up',
          );
          assert.match(target.scrapeUrl, /^http:/);
        }
      },
    );

    await t.test('the client certificate is the one of the job', async () => {
      assert.equal((await scrape(proxy.port, `http://client:${mutual.port}/metrics`)).status, 200);
      const { socket } = mutual.requests.at(-1) ?? {};
      assert.ok(socket instanceof TLSSocket);
      assert.equal(socket.getPeerCertificate().subject.CN, 'agent');
    });

    await t.test("a scraper's own Authorization does not reach an exporter whose job has credentials", async () => {
      const headers = { authorization: 'Bearer of-the-scraper' };
      assert.equal((await scrape(proxy.port, `http://client:${bearer.port}/metrics`, { headers })).status, 200);
      assert.equal((await scrape(proxy.port, `http://client:${basic.port}/metrics`, { headers })).status, 200);
      assert.equal(bearer.requests.at(-1)?.headers.authorization, 'Bearer first-token');
      assert.equal(basic.requests.at(-1)?.headers.authorization, BASIC);
    });

    await t.test("a scraper's own Authorization passes where the job has none", async () => {
      await scrape(proxy.port, `http://client:${open.port}/metrics`, { headers: { authorization: 'Bearer passes' } });
      assert.equal(open.requests.at(-1)?.headers.authorization, 'Bearer passes');
    });

    await t.test('Proxy-Authorization and hop-by-hop fields never reach an exporter', async () => {
      const headers = {
        'proxy-authorization': 'Basic c2VjcmV0OnNlY3JldA==',
        'x-hop': 'this connection only',
        connection: 'x-hop',
        te: 'trailers',
        'x-kept': 'end to end',
      };
      await scrape(proxy.port, `http://client:${open.port}/metrics`, { headers, timeoutSeconds: 10 });
      const received = open.requests.at(-1)?.headers ?? {};
      assert.equal(received['x-kept'], 'end to end');
      for (const name of ['proxy-authorization', 'proxy-connection', 'x-hop', 'te']) {
        assert.equal(received[name], undefined, name);
      }
      const leftSeconds = Number(received['x-prometheus-scrape-timeout-seconds']);
      assert.ok(leftSeconds > 5 && leftSeconds <= 9.5, `the timeout that is left goes on: ${leftSeconds}`);
    });

    await t.test('a token file that is replaced counts from the next scrapes on', async () => {
      await cluster.rotateToken('second-token');
      await eventually(async () => {
        await scrape(proxy.port, `http://client:${bearer.port}/metrics`);
        assert.equal(bearer.requests.at(-1)?.headers.authorization, 'Bearer second-token');
      });
    });

    await t.test('an exporter that refuses the credentials is passed on as it answers', async () => {
      await cluster.rotateToken('wrong-token');
      await eventually(async () => {
        const { status, outcome } = await scrape(proxy.port, `http://client:${bearer.port}/metrics`);
        assert.equal(status, 401);
        assert.equal(outcome, undefined, 'the answer is the exporter’s');
      });
    });
  });
}

async function runCluster(t: TestContext, openssl: string): Promise<Cluster> {
  const folder = await temporaryFolder(t);
  const authority = await foundAuthority(openssl, folder);
  const { cert, key } = await authority.issue('exporter', ['DNS:exporter.internal', 'IP:127.0.0.1']);
  const isKnown = (value = ''): boolean => ['Bearer first-token', 'Bearer second-token', BASIC].includes(value);
  const guarded: RequestListener = (request, response) => {
    if (isKnown(request.headers.authorization)) answerUp(request, response);
    else response.writeHead(401).end();
  };
  await authority.issue('agent', ['DNS:agent']);
  const ca = await readFile(authority.caFile);
  const [bearer, basic, open, mutual] = await Promise.all([
    runTlsExporter(t, { cert, key }, guarded),
    runTlsExporter(t, { cert, key }, guarded),
    runExporter(t),
    runTlsExporter(t, { cert, key, ca, requestCert: true, rejectUnauthorized: true }),
  ]);
  const rotateToken = async (token: string): Promise<void> => {
    await writeFile(join(folder, 'token.new'), `${token}\n`);
    await rename(join(folder, 'token.new'), join(folder, 'token'));
  };
  await rotateToken('first-token');
  await writeFile(join(folder, 'password'), 'open sesame');
  const configFile = join(folder, 'agent.yml');
  await writeFile(
    configFile,
    `
scrape_configs:
  - job_name: bearer
    scheme: https
    tls_config: { ca_file: test-ca.crt, server_name: exporter.internal }
    authorization: { credentials_file: token }
    static_configs: [{ targets: ['${bearer.hostPort}'] }]
  - job_name: basic
    scheme: https
    tls_config: { ca_file: test-ca.crt }
    basic_auth: { username: scraper, password_file: password }
    static_configs: [{ targets: ['${basic.hostPort}'] }]
  - job_name: mutual
    scheme: https
    tls_config: { ca_file: test-ca.crt, cert_file: agent.crt, key_file: agent.key, min_version: TLS13 }
    static_configs: [{ targets: ['${mutual.hostPort}'] }]
  - job_name: open
    static_configs: [{ targets: ['${open.hostPort}'] }]
`,
  );
  const pair = await runPair(t, { agent: { flags: [`--config.file=${configFile}`] } });
  return { ...pair, bearer, basic, open, mutual, rotateToken };
}
