// Who may scrape: users and TLS of --web.config.file, with the real Prometheus as the one who has to come along with it.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { test } from 'node:test';
import { runAgent } from '../support/agent.ts';
import { foundAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { runExporter } from '../support/exporter.ts';
import { runPrometheus } from '../support/prometheus.ts';
import { runProxy } from '../support/proxy.ts';
import { requireProgram } from '../support/real-program.ts';
import { hasHead, rawExchange, scrape } from '../support/scraper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** bcrypt of `open sesame`, as htpasswd writes it; a low cost, since nothing is protected here. */
const HASH = '$2y$04$9uhn4X4EHKJaF9DjZDhZ7O.2rEVbmJou9mcT90UjAe/0EhwkOSSBW';
const CREDENTIALS = `Basic ${Buffer.from('prom:open sesame').toString('base64')}`;
const WRONG = `Basic ${Buffer.from('prom:wrong').toString('base64')}`;

export function scraperAccess(): void {
  test('scraper_unauthenticated: with users configured, scrapes and the API need one', async (t) => {
    const folder = await temporaryFolder(t);
    const webConfig = join(folder, 'web.yml');
    await writeFile(webConfig, `basic_auth_users:\n  prom: ${HASH}\n`);
    const exporter = await runExporter(t);
    const proxy = await runProxy(t, { flags: [`--web.config.file=${webConfig}`] });
    const agent = await runAgent(t, { proxies: [proxy.url], targets: [exporter.hostPort] });
    await agent.isReady();
    const url = `http://client:${exporter.port}/metrics`;

    await t.test('a scrape without credentials', async () => {
      const answer = await scrape(proxy.port, url);
      assert.equal(answer.status, 407);
      assert.equal(answer.outcome, 'scraper_unauthenticated');
      assert.equal(answer.reason, 'this proxy wants a user name and password in proxy_url');
      assert.equal(answer.headers['proxy-authenticate'], 'Basic realm="pullway"');
    });
    await t.test('a scrape with a wrong password, or with the credentials in the field for the target', async () => {
      const wrong = await scrape(proxy.port, url, { headers: { 'proxy-authorization': WRONG } });
      assert.deepEqual([wrong.status, wrong.reason], [407, 'wrong user name or password']);
      const misplaced = await scrape(proxy.port, url, { headers: { authorization: CREDENTIALS } });
      assert.equal(misplaced.status, 407);
    });
    await t.test('a scrape with the right password, again and again', async () => {
      const headers = { 'proxy-authorization': CREDENTIALS };
      await eventually(async () => assert.equal((await scrape(proxy.port, url, { headers })).status, 200));
      assert.equal((await scrape(proxy.port, url, { headers })).status, 200);
      assert.equal(exporter.requests.at(-1)?.headers['proxy-authorization'], undefined);
    });
    await t.test('CONNECT without credentials', async () => {
      const request = `CONNECT client:${exporter.port} HTTP/1.1\r\nHost: client:${exporter.port}\r\n\r\n`;
      const { text } = await rawExchange(proxy.port, request, { isWhole: hasHead });
      assert.match(text, /^HTTP\/1\.1 407 Proxy Authentication Required/);
    });
    await t.test('service discovery and API by Authorization, health without', async () => {
      assert.equal((await fetch(`${proxy.url}/sd`)).status, 401);
      assert.equal((await fetch(`${proxy.url}/api/v1/agents`)).status, 401);
      assert.equal((await fetch(`${proxy.url}/sd`, { headers: { authorization: CREDENTIALS } })).status, 200);
      assert.equal((await fetch(`${proxy.url}/-/healthy`)).status, 200);
      assert.equal((await fetch(`${proxy.url}/-/ready`)).status, 200);
    });
    await t.test('a user that is taken out of the file may no longer', async () => {
      await writeFile(webConfig, `basic_auth_users:\n  other: ${HASH}\n`);
      proxy.program.signal('SIGHUP');
      const headers = { 'proxy-authorization': CREDENTIALS };
      await eventually(async () => assert.equal((await scrape(proxy.port, url, { headers })).status, 407));
    });
  });

  test('Prometheus scrapes and discovers through a proxy with TLS and users', async (t) => {
    const prometheusPath = requireProgram(t, 'prometheus');
    const openssl = requireProgram(t, 'openssl');
    if (prometheusPath === undefined || openssl === undefined) return;
    const folder = await temporaryFolder(t);
    const authority = await foundAuthority(openssl, folder);
    const { certFile, keyFile } = await authority.issue('proxy', ['IP:127.0.0.1']);
    const webConfig = join(folder, 'web.yml');
    const tls = `tls_server_config: { cert_file: ${certFile}, key_file: ${keyFile} }`;
    await writeFile(webConfig, `${tls}\nbasic_auth_users: { prom: '${HASH}' }\n`);
    const exporter = await runExporter(t);
    const proxy = await runProxy(t, { flags: [`--web.config.file=${webConfig}`] });
    const agent = await runAgent(t, {
      proxies: [`https://127.0.0.1:${proxy.port}`],
      targets: [exporter.hostPort],
      flags: [`--proxy.ca-file=${authority.caFile}`],
    });
    await agent.isReady();
    const prometheus = await runPrometheus(
      t,
      prometheusPath,
      `
  - job_name: granted
    proxy_url: https://prom:open%20sesame@127.0.0.1:${proxy.port}/
    tls_config: { ca_file: ${authority.caFile} }
    http_sd_configs:
      - url: https://127.0.0.1:${proxy.port}/sd?job=static
        refresh_interval: 1s
        basic_auth: { username: prom, password: open sesame }
        tls_config: { ca_file: ${authority.caFile} }
  - job_name: refused
    proxy_url: https://127.0.0.1:${proxy.port}/
    tls_config: { ca_file: ${authority.caFile} }
    static_configs: [{ targets: ['client:${exporter.port}'] }]
`,
    );
    const target = await prometheus.targetUp('granted');
    assert.equal(target.scrapeUrl, `http://client:${exporter.port}/metrics`);
    const reason = '407 this proxy wants a user name and password in proxy_url';
    assert.equal(await prometheus.lastError('refused'), `server returned HTTP status ${reason}`);

    await t.test('h2 is never negotiated, since Prometheus cannot use such a proxy', async () => {
      const socket = connect({
        port: proxy.port,
        host: '127.0.0.1',
        ALPNProtocols: ['h2', 'http/1.1'],
        rejectUnauthorized: false,
      });
      t.after(() => socket.destroy());
      await new Promise((resolve, reject) => {
        socket.once('secureConnect', resolve).once('error', reject);
      });
      assert.equal(socket.alpnProtocol, 'http/1.1');
    });
  });

  test('scrapers with client certificates: who has none is not answered, and a new server certificate needs no restart', async (t) => {
    const openssl = requireProgram(t, 'openssl');
    if (openssl === undefined) return;
    const folder = await temporaryFolder(t);
    const authority = await foundAuthority(openssl, folder);
    await authority.issue('proxy', ['IP:127.0.0.1']);
    const scraper = await authority.issue('scraper', ['DNS:scraper']);
    const webConfig = join(folder, 'web.yml');
    await writeFile(
      webConfig,
      `tls_server_config:
  cert_file: proxy.crt
  key_file: proxy.key
  client_ca_file: test-ca.crt
  client_auth_type: RequireAndVerifyClientCert
`,
    );
    const proxy = await runProxy(t, { flags: [`--web.config.file=${webConfig}`] });
    const ca = await readFile(authority.caFile, 'utf8');
    const ask = (options: ConnectionOptions): Promise<TlsAnswer> => askOverTls(proxy.port, { ca, ...options });
    const welcome = await ask({ cert: scraper.cert, key: scraper.key });
    assert.match(welcome.text, /^HTTP\/1\.1 200 /);
    assert.equal((await ask({})).text, '', 'without a certificate');

    await authority.issue('proxy', ['IP:127.0.0.1']);
    proxy.program.signal('SIGHUP');
    await eventually(async () => {
      const later = await ask({ cert: scraper.cert, key: scraper.key });
      assert.match(later.text, /^HTTP\/1\.1 200 /);
      assert.notEqual(later.serial, welcome.serial);
    });
  });

  test('agents come to a listener of their own, where no scrape is taken', async (t) => {
    const exporter = await runExporter(t);
    const proxy = await runProxy(t, { flags: ['--tunnel.listen-address=127.0.0.1:0'] });
    const agent = await runAgent(t, {
      proxies: [`http://127.0.0.1:${proxy.tunnelPort}`],
      targets: [exporter.hostPort],
    });
    await agent.isReady();
    await proxy.hasAgents(1);
    const url = `http://client:${exporter.port}/metrics`;
    assert.equal((await scrape(proxy.port, url)).status, 200);
    assert.notEqual((await scrape(proxy.tunnelPort, url)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${proxy.tunnelPort}/sd`)).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${proxy.tunnelPort}/-/healthy`)).status, 200);
    assert.equal(exporter.requests.length, 1);
    const misled = await runAgent(t, { proxies: [proxy.url], name: 'misled' });
    await eventually(async () =>
      assert.match((await misled.get('/-/ready')).text, /answered 400 this listener takes no tunnels/),
    );
  });
}

interface TlsAnswer {
  /** Of the server's certificate. */
  readonly serial: string;
  /** Empty when the connection was cut before any answer. */
  readonly text: string;
}

function askOverTls(port: number, options: ConnectionOptions): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let serial = '';
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => {
      serial = socket.getPeerCertificate().serialNumber;
      socket.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => socket.destroy()).once('close', () => resolve({ serial, text }));
  });
}
