import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import { hashSync } from 'bcryptjs';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../shared/test/support/temporary-folder.ts';
import { announced } from './support/fleet-stand.ts';
import { exchangeBytes } from './support/raw-http.ts';
import { runProxy } from './support/running-proxy.ts';
import { dial, SocketAgent, type DialOptions } from './support/socket-agent.ts';

async function joinFleet(t: TestContext, options: DialOptions): Promise<SocketAgent> {
  const agent = await dial(t, options);
  assert.ok(agent instanceof SocketAgent, 'the agent was refused');
  await agent.welcome.promise;
  return agent;
}

/** Settles when the proxy lists as many targets. */
async function listed(port: number, count: number): Promise<void> {
  for (;;) {
    const groups: unknown = await (await fetch(`http://127.0.0.1:${port}/sd`)).json();
    if (Array.isArray(groups) && groups.length === count) return;
  }
}

async function joinAndAnnounce(
  t: TestContext,
  options: DialOptions & { readonly webPort?: number },
): Promise<SocketAgent> {
  const agent = await joinFleet(t, options);
  agent.tunnel.session.announce({ snapshot: true, add: [announced()], remove: [] });
  await listed(options.webPort ?? options.port, 1);
  return agent;
}

function scrape(port: number, fields = ''): Promise<string> {
  const text = `GET http://client:9100/metrics HTTP/1.1\r\nHost: client:9100\r\nConnection: close\r\n${fields}\r\n`;
  return exchangeBytes({ port }, text);
}

function tokenFile(...tokens: readonly string[]): string {
  const entries = tokens.map((token) => `  - {name: ${token}, sha256: "${hash('sha256', token, 'hex')}"}\n`);
  return `agent_tokens:\n${entries.join('')}`;
}

test('forwards a scrape through the tunnel of an agent, and answers for itself beside it', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  await joinAndAnnounce(t, { port });
  assert.match(await scrape(port), /^HTTP\/1\.1 200 OK\r\n[^]*up 1\n/);
  assert.match(
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    /^pullway_proxy_agents\{cluster=""\} 1$/m,
  );
});

test('takes scrapes and the API at one address and agents at the other', async (t) => {
  const { port, tunnelPort } = await runProxy(t, '--insecure', '--tunnel.listen-address=127.0.0.1:0');
  await joinAndAnnounce(t, { port: tunnelPort, webPort: port });
  assert.match(await scrape(port), /^HTTP\/1\.1 200 /);
  assert.match(await scrape(tunnelPort), /^HTTP\/1\.1 400 this listener takes no scrapes\r\n/);
  assert.equal((await fetch(`http://127.0.0.1:${tunnelPort}/sd`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${tunnelPort}/metrics`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${tunnelPort}/-/ready`)).status, 200);
  const refused = await dial(t, { port }).catch(() => 400);
  assert.equal(refused, 400);
});

test('asks scrapers for their password, and agents only for their token', async (t) => {
  const folder = await temporaryFolder(t);
  const [config, web] = [join(folder, 'proxy.yml'), join(folder, 'web.yml')];
  await writeFile(config, tokenFile('secret'));
  await writeFile(web, `basic_auth_users:\n  prom: ${hashSync('pass', 4)}\n`);
  const { port } = await runProxy(t, `--config.file=${config}`, `--web.config.file=${web}`);
  const agent = await joinFleet(t, { port, token: 'secret' });
  agent.tunnel.session.announce({ snapshot: true, add: [announced()], remove: [] });
  const basic = `Basic ${Buffer.from('prom:pass').toString('base64')}`;
  assert.match(await scrape(port), /^HTTP\/1\.1 407 [^]*Proxy-Authenticate: Basic/);
  assert.match(await scrape(port, `Proxy-Authorization: ${basic}\r\n`), /^HTTP\/1\.1 200 /);
  assert.equal((await fetch(`http://127.0.0.1:${port}/sd`)).status, 401);
  assert.equal((await fetch(`http://127.0.0.1:${port}/sd`, { headers: { authorization: basic } })).status, 200);
});

test('reloads its tokens, and cuts the tunnels of those that are gone', async (t) => {
  const config = join(await temporaryFolder(t), 'proxy.yml');
  await writeFile(config, tokenFile('one', 'two'));
  const { port } = await runProxy(t, `--config.file=${config}`, '--web.enable-lifecycle');
  const one = await joinFleet(t, { port, token: 'one', hello: { name: 'one' } });
  const two = await joinFleet(t, { port, token: 'two', hello: { name: 'two' } });
  await writeFile(config, tokenFile('two', 'three'));
  assert.equal((await fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' })).status, 200);
  assert.equal((await one.ended.promise).code, CLOSE_REASONS.unauthorised.code);
  assert.equal(await dial(t, { port, token: 'one' }), 401);
  await joinFleet(t, { port, token: 'three', hello: { name: 'three' } });
  assert.equal(two.tunnel.isOver, false);
});

test('changes nothing for a file with faults, and says so in its metrics', async (t) => {
  const config = join(await temporaryFolder(t), 'proxy.yml');
  await writeFile(config, tokenFile('one'));
  const { port } = await runProxy(t, `--config.file=${config}`, '--web.enable-lifecycle');
  const agent = await joinFleet(t, { port, token: 'one' });
  for (const bad of ['agent_tokens: 5\n', '']) {
    await writeFile(config, bad);
    const answer = await fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /agent_token/);
  }
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(page, /^pullway_proxy_config_last_reload_successful 0$/m);
  assert.equal(agent.tunnel.isOver, false);
  await joinFleet(t, { port, token: 'one', hello: { name: 'other' } });
});

test('sends agents away when it stops, lets their scrapes end, and then closes their tunnels', async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure');
  const agent = await joinAndAnnounce(t, { port });
  const asked = Promise.withResolvers<() => void>();
  const { answer } = agent;
  agent.answer = (exchange, head) => asked.resolve(() => answer(exchange, head));
  const scraped = scrape(port);
  const finish = await asked.promise;
  const closed = proxy.close({ signal: new AbortController().signal });
  await assert.rejects(scrape(port), 'takes no further scraper');
  finish();
  assert.match(await scraped, /^HTTP\/1\.1 200 [^]*up 1\n/);
  await closed;
  assert.equal((await agent.ended.promise).code, CLOSE_REASONS.draining.code);
  assert.equal(agent.goAways.length, 1);
});

// The bug: listeners closed as soon as a stop began, and scrapers that a load balancer still sent were refused.
test('goes on as before for a while when it stops, and only says that it is not ready', async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure', '--shutdown.delay=1h');
  const agent = await joinAndAnnounce(t, { port });
  const over = new AbortController();
  const closed = proxy.close({ signal: over.signal });
  assert.equal((await fetch(`http://127.0.0.1:${port}/-/ready`)).status, 503);
  assert.match(await scrape(port), /^HTTP\/1\.1 200 /);
  await joinFleet(t, { port, hello: { name: 'late' } });
  assert.deepEqual([agent.goAways.length, agent.tunnel.isOver], [0, false]);
  over.abort();
  await closed;
});

test('cuts what still runs when the time to stop is over', async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure');
  const agent = await joinAndAnnounce(t, { port });
  const asked = Promise.withResolvers<void>();
  agent.answer = () => asked.resolve();
  const scraped = scrape(port);
  await asked.promise;
  const time = new AbortController();
  const closed = proxy.close({ signal: time.signal });
  time.abort();
  await closed;
  assert.match(await scraped, /^HTTP\/1\.1 503 this replica is stopping|^$/);
});

// A CONNECT that was refused stayed half open for as long as its scraper liked, and nothing counted its time.
test('closes what it refused, and stops although the scraper keeps its end', { timeout: 10_000 }, async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure');
  const scraper = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => scraper.destroy());
  scraper.write('CONNECT nobody:9100 HTTP/1.1\r\nHost: nobody:9100\r\n\r\n');
  const parts = await scraper.toArray();
  assert.match(Buffer.concat(parts).toString(), /^HTTP\/1\.1 404 no agent has announced nobody:9100\r\n/);
  await proxy.close({ signal: new AbortController().signal });
});

// A replica that had begun to stop still welcomed whoever was between upgrade and HELLO, told it nothing, and waited for it until it was killed.
test('does not welcome an agent whose HELLO comes after the stop has begun', { timeout: 10_000 }, async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure');
  const agent = new WebSocket(`ws://127.0.0.1:${port}/tunnel`, ['pullway.v1']);
  t.after(() => agent.terminate());
  await new Promise((resolve) => agent.once('open', resolve));
  const code = new Promise((resolve) => agent.once('close', resolve));
  await proxy.close({ signal: new AbortController().signal });
  assert.equal(await code, CLOSE_REASONS.draining.code);
});

test('says when the address is taken', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  await assert.rejects(runProxy(t, '--insecure', `--web.listen-address=127.0.0.1:${port}`), /EADDRINUSE/);
});
