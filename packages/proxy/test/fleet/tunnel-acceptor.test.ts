import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { exchangeBytes } from '../support/raw-http.ts';
import { runProxy, type InProcessProxy } from '../support/running-proxy.ts';
import { dial, SocketAgent, type DialOptions } from '../support/socket-agent.ts';

async function withToken(t: TestContext): Promise<InProcessProxy> {
  const file = join(await temporaryFolder(t), 'proxy.yml');
  await writeFile(file, `agent_tokens: [{name: eu, sha256: "${hash('sha256', 'secret', 'hex')}", agents: [client]}]\n`);
  return runProxy(t, `--config.file=${file}`);
}

async function joinFleet(t: TestContext, options: DialOptions): Promise<SocketAgent> {
  const agent = await dial(t, options);
  assert.ok(agent instanceof SocketAgent, 'the agent was refused');
  return agent;
}

const UPGRADE = [
  'GET /tunnel HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: pullway.v1',
];

test('welcomes an agent with a known token', async (t) => {
  const { port } = await withToken(t);
  const agent = await joinFleet(t, { port, token: 'secret' });
  assert.equal((await agent.welcome.promise).version, 1);
});

test('answers a wrong or missing token with 401, before any WebSocket', async (t) => {
  const { port, logger } = await withToken(t);
  assert.equal(await dial(t, { port, token: 'wrong' }), 401);
  assert.equal(await dial(t, { port }), 401);
  const answer = await exchangeBytes({ port }, `${UPGRADE.join('\r\n')}\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 401 the agent token is missing or not known\r\n/);
  assert.match(answer, /\r\nWWW-Authenticate: Bearer realm="pullway"\r\n/);
  const lines = logger.lines.filter((line) => line === 'warn agent refused: no known token');
  assert.equal(lines.length, 1, 'a crowd of wrong tokens makes one line a second');
});

test('closes with a code of its own when the token does not cover the name', async (t) => {
  const { port } = await withToken(t);
  const agent = await joinFleet(t, { port, token: 'secret', hello: { name: 'other' } });
  assert.equal((await agent.ended.promise).code, CLOSE_REASONS.forbidden.code);
});

test('accepts agents of another protocol and closes with the code that says so', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  const agent = await joinFleet(t, { port, protocols: [] });
  assert.equal((await agent.ended.promise).code, CLOSE_REASONS.no_common_version.code);
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/tunnel`, ['pullway.v9']);
  webSocket.on('error', () => {});
  const code = await new Promise((resolve) => webSocket.once('close', resolve));
  // `ws` itself breaks off when its protocol was not chosen; what counts is that the tunnel is not taken.
  assert.ok(code === CLOSE_REASONS.no_common_version.code || code === 1006);
});

test('picks its protocol out of several', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  const agent = await joinFleet(t, { port, protocols: ['pullway.v2', 'pullway.v1'] });
  await agent.welcome.promise;
});

test('closes a tunnel whose agent sends text, or a frame of more than 256 KiB', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  for (const message of ['hello', Buffer.alloc(300 * 1024)]) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/tunnel`, ['pullway.v1']);
    await new Promise((resolve) => webSocket.once('open', resolve));
    webSocket.send(message);
    const code = await new Promise((resolve) => webSocket.once('close', resolve));
    assert.ok(code === CLOSE_REASONS.protocol_error.code || code === 1009, String(code));
  }
});

test('has its endpoint below the route prefix only', async (t) => {
  const { port } = await runProxy(t, '--insecure', '--web.route-prefix=/pullway');
  assert.equal(await dial(t, { port }), 404);
  await (
    await joinFleet(t, { port, path: '/pullway/tunnel' })
  ).welcome.promise;
});

test('answers what is no WebSocket handshake with 400 or 405, and lives on', async (t) => {
  const { port } = await runProxy(t, '--insecure');
  const withoutKey = UPGRADE.filter((line) => !line.startsWith('Sec-WebSocket-Key'));
  assert.match(await exchangeBytes({ port }, `${withoutKey.join('\r\n')}\r\n\r\n`), /^HTTP\/1\.1 400 /);
  const post = ['POST /tunnel HTTP/1.1', ...UPGRADE.slice(1)];
  assert.match(await exchangeBytes({ port }, `${post.join('\r\n')}\r\n\r\n`), /^HTTP\/1\.1 405 /);
  await (
    await joinFleet(t, { port })
  ).welcome.promise;
});
