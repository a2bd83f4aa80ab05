import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { flags } from '../support/flags.ts';

const WEB = join(import.meta.dirname, '..', 'files', 'web');

test('tells the faults of all files and flags together', async (t) => {
  const file = join(await temporaryFolder(t), 'proxy.yml');
  await writeFile(file, 'agent_token: []\n');
  const given = flags(`--config.file=${file}`, `--web.config.file=${WEB}/http2.bad.yml`, '--web.route-prefix=a b');
  await assert.rejects(
    loadConfiguration(given),
    /unknown field agent_token[^]*http2 cannot be served|http2[^]*agent_token/,
  );
  await assert.rejects(loadConfiguration(given), /flag --web\.route-prefix is no path/);
});

test('names every file that has to be watched', async (t) => {
  const file = join(await temporaryFolder(t), 'proxy.yml');
  await writeFile(file, '');
  const given = flags('--insecure', `--config.file=${file}`, `--web.config.file=${WEB}/all.good.yml`);
  const { files } = await loadConfiguration(given);
  const expected = [file, ...['all.good.yml', 'server.crt', 'server.key', 'ca.crt'].map((name) => join(WEB, name))];
  assert.deepEqual(files, expected);
});

test('serves tunnels with the TLS of the web listener unless they have a file of their own', async () => {
  const both = await loadConfiguration(flags('--insecure', `--web.config.file=${WEB}/all.good.yml`));
  assert.equal(both.tunnel, both.web);
  const own = await loadConfiguration(
    flags('--insecure', `--web.config.file=${WEB}/all.good.yml`, `--tunnel.config.file=${WEB}/empty.good.yml`),
  );
  assert.equal(own.tunnel.tls, undefined);
});

test('refuses users for the tunnel listener, and a file that is not there', async () => {
  await assert.rejects(
    loadConfiguration(flags('--insecure', `--tunnel.config.file=${WEB}/all.good.yml`)),
    /basic_auth_users: agents prove who they are by tokens/,
  );
  await assert.rejects(
    loadConfiguration(flags('--insecure', '--config.file=/nowhere/proxy.yml')),
    /cannot be read: ENOENT/,
  );
});

test('needs a token or --insecure', async () => {
  await assert.rejects(loadConfiguration(flags()), /no agent token is configured/);
});
