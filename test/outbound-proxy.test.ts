// Clusters whose way out is an HTTP proxy: the tunnel takes it, scrapes never do.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAgent } from './support/agent.ts';
import { foundAuthority } from './support/certificates.ts';
import { runConnectProxy } from './support/connect-proxy.ts';
import { eventually } from './support/eventually.ts';
import { runExporter } from './support/exporter.ts';
import { runProxy } from './support/proxy.ts';
import { requireProgram } from './support/real-program.ts';
import { scrape } from './support/scraper.ts';
import { runSquid } from './support/squid.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('HTTPS_PROXY: the tunnel to an https:// proxy goes through squid, scrapes do not', async (t) => {
  const squidPath = requireProgram(t, 'squid');
  const openssl = requireProgram(t, 'openssl');
  if (squidPath === undefined || openssl === undefined) return;
  const folder = await temporaryFolder(t);
  const authority = await foundAuthority(openssl, folder);
  const { certFile, keyFile } = await authority.issue('proxy', ['IP:127.0.0.1']);
  const tunnelConfig = join(folder, 'tunnel.yml');
  await writeFile(tunnelConfig, `tls_server_config: { cert_file: ${certFile}, key_file: ${keyFile} }\n`);
  const [exporter, squid] = await Promise.all([runExporter(t), runSquid(t, squidPath)]);
  const proxy = await runProxy(t, {
    flags: ['--tunnel.listen-address=127.0.0.1:0', `--tunnel.config.file=${tunnelConfig}`],
  });
  const agent = await runAgent(t, {
    proxies: [`https://127.0.0.1:${proxy.tunnelPort}`],
    targets: [exporter.hostPort],
    flags: [`--proxy.ca-file=${authority.caFile}`],
    env: { HTTPS_PROXY: squid.url, HTTP_PROXY: squid.url, NO_PROXY: '' },
  });
  await agent.isReady();
  await proxy.hasAgents(1);
  assert.equal((await scrape(proxy.port, `http://client:${exporter.port}/metrics`)).status, 200);
  assert.equal(exporter.requests[0]?.headers['via'], undefined);
  agent.program.signal('SIGKILL');
  // squid writes a line when a request is over, and the tunnel was one.
  await eventually(async () =>
    assert.match(await squid.accessLog(), new RegExp(`CONNECT 127\\.0\\.0\\.1:${proxy.tunnelPort}`)),
  );
  assert.ok(!(await squid.accessLog()).includes(`:${exporter.port}`), 'no scrape went through squid');
});

test('an outbound proxy with a password is given it, and NO_PROXY is heeded', async (t) => {
  const outbound = await runConnectProxy(t);
  const proxies = await Promise.all([runProxy(t), runProxy(t)]);
  const [direct, through] = proxies;
  const exporter = await runExporter(t);
  const agent = await runAgent(t, {
    proxies: proxies.map(({ url }) => url),
    targets: [exporter.hostPort],
    env: { HTTP_PROXY: `http://way:o%40ut@127.0.0.1:${outbound.port}`, NO_PROXY: `127.0.0.1:${direct.port}` },
  });
  await agent.isReady();
  await Promise.all(proxies.map((proxy) => proxy.hasAgents(1)));
  for (const { port } of proxies) {
    assert.equal((await scrape(port, `http://client:${exporter.port}/metrics`)).status, 200);
  }
  assert.deepEqual(
    outbound.requests.map(({ url }) => url),
    [`127.0.0.1:${through.port}`],
  );
  const credentials = `Basic ${Buffer.from('way:o@ut').toString('base64')}`;
  assert.equal(outbound.requests[0]?.headers['proxy-authorization'], credentials);
});

test('an outbound proxy that cannot be reached is named in readiness', async (t) => {
  const agent = await runAgent(t, {
    proxies: ['http://127.0.0.1:2'],
    env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' },
  });
  await eventually(async () => {
    const { status, text } = await agent.get('/-/ready');
    assert.equal(status, 503);
    assert.match(text, /ECONNREFUSED 127\.0\.0\.1:1\b/);
  });
});
