import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as kind from '@pullway/shared/config/flag-kinds';
import type { FlagTable } from '@pullway/shared/config/flags';
import { healthOf, type Health } from '@pullway/shared/runtime/health-check';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = '/app/dist/main.js';
const FLAGS = {
  listen: { kind: kind.listenAddress, default: '127.0.0.1:1', help: '' },
  verbose: { kind: kind.toggle, default: 'false', help: '' },
} as const satisfies FlagTable;

/** @returns the port of a server at 127.0.0.1 that ends with the test */
async function serve(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

/** The health of a program that was started with `commandLine`. */
async function health(
  t: TestContext,
  commandLine: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Health> {
  const commandLineFile = join(await temporaryFolder(t), 'cmdline');
  await writeFile(commandLineFile, commandLine.map((word) => `${word}\0`).join(''));
  return healthOf({ main: MAIN, flags: FLAGS, environment, commandLineFile }, ({ listen }) => ({
    listen,
    path: '/-/healthy',
    mayBeTls: false,
  }));
}

test('asks where the flags of the first process say', async (t) => {
  const paths: unknown[] = [];
  const port = await serve(t, (request, response) => {
    paths.push(request.url);
    response.end('fine');
  });
  const commandLine = ['/usr/local/bin/node', '--liftoff-only', MAIN, '--verbose', `--listen=127.0.0.1:${port}`];
  const message = `http://127.0.0.1:${port}/-/healthy answered 200`;
  assert.deepEqual(await health(t, commandLine), { isHealthy: true, message });
  assert.deepEqual(await health(t, ['/sbin/docker-init', '--', ...commandLine]), { isHealthy: true, message });
  assert.deepEqual(paths, ['/-/healthy', '/-/healthy']);
});

test('asks where the variables say when the flags do not, and when the first process is another program', async (t) => {
  const port = await serve(t, (_request, response) => response.end('fine'));
  const environment = { PULLWAY_LISTEN: `127.0.0.1:${port}` };
  assert.ok((await health(t, ['node', MAIN, '--verbose'], environment)).isHealthy);
  assert.ok((await health(t, ['/sbin/init', '--listen=127.0.0.1:1'], environment)).isHealthy);
});

test('any other answer than 200 is not healthy, nor is none', async (t) => {
  const port = await serve(t, (_request, response) => response.writeHead(503).end());
  assert.deepEqual(await health(t, [MAIN, `--listen=127.0.0.1:${port}`]), {
    isHealthy: false,
    message: `http://127.0.0.1:${port}/-/healthy answered 503`,
  });
  assert.deepEqual(await health(t, [MAIN]), { isHealthy: false, message: 'connect ECONNREFUSED 127.0.0.1:1' });
});

test('a connection that is closed without an answer is not healthy', async (t) => {
  const port = await serve(t, (request) => request.socket.destroy());
  assert.deepEqual(await health(t, [MAIN, `--listen=127.0.0.1:${port}`]), {
    isHealthy: false,
    message: 'socket hang up',
  });
});
