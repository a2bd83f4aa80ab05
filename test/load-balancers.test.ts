// The files of deploy/load-balancers with the real nginx and HAProxy: agents through each, and Prometheus in front of a pair.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { runAgent, type RunningAgent } from './support/agent.ts';
import { foundAuthority } from './support/certificates.ts';
import { hurried, readRepositoryFile, withNames } from './support/deploy-files.ts';
import { eventually } from './support/eventually.ts';
import { runExporter, type RunningExporter } from './support/exporter.ts';
import { freePort } from './support/free-port.ts';
import { runHaproxy, runNginx } from './support/load-balancer.ts';
import { runPair } from './support/pair.ts';
import { prometheusExample } from './support/prometheus-examples.ts';
import { runConfiguredPrometheus } from './support/prometheus.ts';
import { runProxy, type RunningProxy } from './support/proxy.ts';
import { requireProgram } from './support/real-program.ts';
import { rawExchange, scrape } from './support/scraper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const TWO_LISTENERS = ['--tunnel.listen-address=127.0.0.1:0'];

interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  readonly bothFile: string;
}

describe('with the real programs', { concurrency: true }, () => {
  test('an agent connects through nginx, and a scrape passes', async (t) => {
    const nginx = requireProgram(t, 'nginx');
    const openssl = requireProgram(t, 'openssl');
    if (nginx === undefined || openssl === undefined) return;
    const { caFile, certFile, keyFile } = await issue(t, openssl);
    const [proxy, exporter, port] = await Promise.all([
      runProxy(t, { flags: TWO_LISTENERS }),
      runExporter(t),
      freePort(),
    ]);
    const file = withNames(await readRepositoryFile('deploy/load-balancers/nginx-agents.conf'), {
      'pullway-proxy:8081': `127.0.0.1:${proxy.tunnelPort}`,
      'listen 443': `listen 127.0.0.1:${port}`,
      '/etc/nginx/pullway.crt': certFile,
      '/etc/nginx/pullway.key': keyFile,
    });
    await runNginx(t, nginx, file, port);
    await connects(t, { url: `https://localhost:${port}`, caFile, proxies: [proxy], exporter });
  });

  test('agents connect to each of a pair through HAProxy, by the names of the two', async (t) => {
    const haproxy = requireProgram(t, 'haproxy');
    const openssl = requireProgram(t, 'openssl');
    if (haproxy === undefined || openssl === undefined) return;
    const { caFile, bothFile } = await issue(t, openssl);
    const [first, second, exporter, port] = await Promise.all([
      runProxy(t, { flags: TWO_LISTENERS }),
      runProxy(t, { flags: TWO_LISTENERS }),
      runExporter(t),
      freePort(),
    ]);
    const file = withNames(await readRepositoryFile('deploy/load-balancers/haproxy-agents.cfg'), {
      'pullway-proxy-0:8081': `127.0.0.1:${first.tunnelPort}`,
      'pullway-proxy-1:8081': `127.0.0.1:${second.tunnelPort}`,
      'bind :443': `bind 127.0.0.1:${port}`,
      '-i pullway-0.example.org': '-i localhost',
      '-i pullway-1.example.org': '-i 127.0.0.1',
      '/etc/haproxy/pullway.pem': bothFile,
    });
    await runHaproxy(t, haproxy, file, port);
    await connects(t, {
      url: `https://localhost:${port}`,
      second: `https://127.0.0.1:${port}`,
      caFile,
      proxies: [first, second],
      exporter,
    });
  });

  test('behind HAProxy a pair stays one proxy for Prometheus when either of the two dies', async (t) => {
    const haproxy = requireProgram(t, 'haproxy');
    const prometheusPath = requireProgram(t, 'prometheus');
    if (haproxy === undefined || prometheusPath === undefined) return;
    const [first, second, exporter, port] = await Promise.all([runProxy(t), runProxy(t), runExporter(t), freePort()]);
    const agent = await runAgent(t, { proxies: [first.url, second.url], targets: [exporter.hostPort] });
    await Promise.all([first.hasAgents(1), second.hasAgents(1)]);
    const file = withNames(await readRepositoryFile('deploy/load-balancers/haproxy-scrapers.cfg'), {
      'bind :8080': `bind 127.0.0.1:${port}`,
      'pullway-proxy-0:8080': `127.0.0.1:${first.port}`,
      'pullway-proxy-1:8080': `127.0.0.1:${second.port}`,
    });
    await runHaproxy(t, haproxy, file, port);
    const example = withNames(await prometheusExample('prometheus-pair'), {
      'pullway-proxy:8080': `127.0.0.1:${port}`,
      'pullway-proxy-0:8080': `127.0.0.1:${first.port}`,
      'pullway-proxy-1:8080': `127.0.0.1:${second.port}`,
    });
    const prometheus = await runConfiguredPrometheus(t, prometheusPath, hurried(example));
    const through = ['pullway-agent client:9369', `static client:${exporter.port}`];
    await prometheus.hasUp([
      ...through,
      `pullway-proxy 127.0.0.1:${first.port}`,
      `pullway-proxy 127.0.0.1:${second.port}`,
    ]);

    first.program.signal('SIGKILL');
    await first.program.ended;
    await prometheus.target('pullway-proxy', ({ health }) => health === 'down');
    const before = exporter.requests.length;
    await eventually(() => assert.ok(exporter.requests.length > before + 2, 'scrapes go on by the other'));
    await prometheus.targetUp('pullway');
    assert.equal(agent.program.isRunning, true);
  });

  test('nginx in front of the scrapers refuses CONNECT, which is why they need a load balancer that passes TCP on', async (t) => {
    const nginx = requireProgram(t, 'nginx');
    if (nginx === undefined) return;
    const { proxy } = await runPair(t);
    const port = await freePort();
    await runNginx(
      t,
      nginx,
      `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${proxy.port}; proxy_http_version 1.1; } }`,
      port,
    );
    const connect = await rawExchange(port, 'CONNECT client:9369 HTTP/1.1\r\nHost: client:9369\r\n\r\n');
    assert.match(connect.text, /^HTTP\/1\.1 40[05] /);
    // With the Host that nginx sends by itself, that of its upstream, a scrape gets the metrics of the proxy, under the name of the target.
    const answer = await scrape(port, 'http://client:9369/metrics');
    assert.match(answer.body.toString(), /^pullway_proxy_build_info/m);
  });
});

/** A certificate for both names of loopback. */
async function issue(t: TestContext, openssl: string): Promise<Certificates> {
  const folder = await temporaryFolder(t);
  const authority = await foundAuthority(openssl, folder);
  const { certFile, keyFile, cert, key } = await authority.issue('balancer', ['DNS:localhost', 'IP:127.0.0.1']);
  const bothFile = join(folder, 'both.pem');
  await writeFile(bothFile, `${cert}\n${key}`);
  return { caFile: authority.caFile, certFile, keyFile, bothFile };
}

interface Connection {
  readonly url: string;
  /** Of the second proxy of a pair. */
  readonly second?: string;
  readonly caFile: string;
  readonly proxies: readonly RunningProxy[];
  readonly exporter: RunningExporter;
}

/** An agent connects by `url` to each of `proxies`, each of them scrapes through it, and nothing but the tunnel is open at `url`. */
async function connects(t: TestContext, { url, second, caFile, proxies, exporter }: Connection): Promise<void> {
  const agent: RunningAgent = await runAgent(t, {
    proxies: second === undefined ? [url] : [url, second],
    targets: [exporter.hostPort],
    flags: [`--proxy.ca-file=${caFile}`],
  });
  await Promise.all(proxies.map((proxy) => proxy.hasAgents(1)));
  for (const proxy of proxies) {
    assert.equal((await scrape(proxy.port, `http://client:${exporter.port}/metrics`)).status, 200);
  }
  assert.equal(await agent.metricSum('pullway_agent_tunnel_up'), proxies.length);
  assert.ok([403, 404].includes(await statusOf(`${url}/sd`, caFile)), 'the list of targets is not open to the outside');
}

/** What a GET for `url` is answered by a server whose authority is in `caFile`. */
async function statusOf(url: string, caFile: string): Promise<number> {
  const ca = await readFile(caFile);
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).once('error', reject);
  });
}
