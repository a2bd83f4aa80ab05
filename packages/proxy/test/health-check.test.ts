import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../shared/test/support/temporary-folder.ts';
import { runProxy } from './support/running-proxy.ts';

const PROGRAM = join(import.meta.dirname, '..', 'src', 'health-check.ts');
const CERTIFICATES = join(import.meta.dirname, 'files', 'web');

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

/** What the program says of a proxy with these variables. The first process of this machine is none, so there are no flags. */
function check(environment: Readonly<Record<string, string>>): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...environment }, encoding: 'utf8' } as const;
    const child = execFile(process.execPath, ['--conditions=source', PROGRAM], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, said: stdout + stderr });
    });
  });
}

async function webConfig(t: TestContext, text: string): Promise<string> {
  const file = join(await temporaryFolder(t), 'web.yml');
  await writeFile(file, text);
  return file;
}

function tls(more = ''): string {
  return `tls_server_config:
  cert_file: ${CERTIFICATES}/server.crt
  key_file: ${CERTIFICATES}/server.key
${more}`;
}

test('finds a proxy healthy under its prefix, and one that is gone not', async (t) => {
  const { proxy, port } = await runProxy(t, '--insecure', '--web.route-prefix=/pullway');
  const environment = { PULLWAY_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, PULLWAY_WEB_ROUTE_PREFIX: '/pullway' };
  assert.deepEqual(await check(environment), {
    code: 0,
    said: `http://127.0.0.1:${port}/pullway/-/healthy answered 200\n`,
  });
  await proxy.close({ signal: AbortSignal.abort() });
  assert.deepEqual(await check(environment), { code: 1, said: `connect ECONNREFUSED 127.0.0.1:${port}\n` });
});

test('needs no user where scrapers need one, and finds out whether the listener speaks TLS', async (t) => {
  const users = 'basic_auth_users:\n  prometheus: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n';
  for (const [text, scheme] of [
    [users, 'http'],
    [tls(users), 'https'],
  ] as const) {
    const file = await webConfig(t, text);
    const { port } = await runProxy(t, '--insecure', `--web.config.file=${file}`);
    const environment = { PULLWAY_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, PULLWAY_WEB_CONFIG_FILE: file };
    assert.deepEqual(await check(environment), {
      code: 0,
      said: `${scheme}://127.0.0.1:${port}/-/healthy answered 200\n`,
    });
  }
});

test('a listener that takes only clients with a certificate is healthy when it looks for one', async (t) => {
  for (const version of ['TLS12', 'TLS13']) {
    const more = `  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ${CERTIFICATES}/ca.crt\n`;
    const file = await webConfig(t, tls(`${more}  min_version: ${version}\n  max_version: ${version}\n`));
    const { port } = await runProxy(t, '--insecure', `--web.config.file=${file}`);
    assert.deepEqual(
      await check({ PULLWAY_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, PULLWAY_WEB_CONFIG_FILE: file }),
      { code: 0, said: `127.0.0.1:${port} takes only clients with a certificate, so it lives\n` },
      version,
    );
  }
});
