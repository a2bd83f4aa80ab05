import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseWebConfig, type WebConfig } from '../../src/access/web-config.ts';

const FOLDER = join(import.meta.dirname, '..', 'files', 'web');

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new ConfigError([{ file, message: 'cannot be read' }]);
  }
}

async function load(name: string): Promise<WebConfig> {
  const file = join(FOLDER, name);
  return parseWebConfig(await readText(file), file, readText);
}

/** What each bad file has to be blamed for. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  'http2.bad.yml': /:2:\d+: http2: http2 cannot be served: Prometheus fails/,
  'unknown-field.bad.yml': /:4:3: unknown field client_auth/,
  'no-key.bad.yml': /exactly one of key and key_file is needed/,
  'wrong-key.bad.yml': /tls_server_config: .*key values mismatch/,
  'missing-files.bad.yml': /nowhere\.crt: cannot be read\n.*nowhere\.key: cannot be read/,
  'no-client-ca.bad.yml': /RequireAndVerifyClientCert needs client_ca_file/,
  'ca-without-auth.bad.yml': /a client CA without client authentication has no effect/,
  'old-tls.bad.yml': /:4:\d+: min_version: TLS 1\.0 and 1\.1 are not served/,
  'versions-crossed.bad.yml': /max_version: is lower than min_version/,
  'weak-cipher.bad.yml': /no secure cipher suite: TLS_RSA_WITH_RC4_128_SHA/,
  'plain-password.bad.yml': /:2:\d+: prom: is no bcrypt hash/,
  'header-break.bad.yml': /X-XSS-Protection: has a character that no header may hold/,
};

for (const [name, expected] of Object.entries(FAULTS)) {
  test(`refuses ${name} and says where and why`, async () => {
    await assert.rejects(load(name), (error) => error instanceof ConfigError && expected.test(error.message));
  });
}

test('has an expectation for every bad file', async () => {
  const bad = (await readdir(FOLDER)).filter((name) => name.endsWith('.bad.yml'));
  assert.deepEqual(bad.toSorted(), Object.keys(FAULTS).toSorted());
});

test('takes an empty file for plain HTTP without users', async () => {
  assert.deepEqual(await load('empty.good.yml'), { tls: undefined, headers: {}, users: new Map(), files: [] });
});

test('reads everything that exporter-toolkit knows, with Go names in those of OpenSSL', async () => {
  const config = await load('all.good.yml');
  assert.equal(config.tls?.clientAuthType, 'RequireAndVerifyClientCert');
  assert.deepEqual(config.tls?.clientAllowedSans, ['prometheus.example']);
  assert.equal(config.tls?.context.ciphers, 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256');
  assert.equal(config.tls?.context.ecdhCurve, 'P-256:X25519');
  assert.equal(config.tls?.context.minVersion, 'TLSv1.2');
  assert.deepEqual(config.headers, { 'Strict-Transport-Security': 'max-age=31536000', 'X-Frame-Options': 'deny' });
  assert.deepEqual([...config.users.keys()], ['prom']);
  const names = ['server.crt', 'server.key', 'ca.crt'];
  assert.deepEqual(
    config.files,
    names.map((name) => join(FOLDER, name)),
  );
});
