import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { ExporterPools } from '../../src/scrape/exporter-pools.ts';
import type { Exporter, ExporterTls } from '../../src/targets/target.ts';
import { OTHER_CERTIFICATE, OTHER_KEY } from '../support/other-certificate.ts';
import { startExporter } from '../support/raw-exporter.ts';
import { exporter } from '../support/targets.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/test-certificate.ts';

const UP = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup';
const VERIFYING: ExporterTls = { insecureSkipVerify: false };

/** Pools on a clock of the test's own: files are looked at once a second. */
function createPools(t: TestContext): { readonly pools: ExporterPools; readonly later: () => void } {
  let now = 0;
  const pools = new ExporterPools(2, () => now);
  t.after(() => pools.destroy());
  return { pools, later: () => (now += 1_000) };
}

/** A pool by itself has only dispatch(). */
function fetchUp(pools: ExporterPools, from: Exporter): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    pools.poolOf(from).dispatch(
      { method: 'GET', path: '/' },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, chunk) => void (text += chunk.toString()),
        onResponseEnd: () => resolve(text),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

test('keeps one pool for each exporter, with no more connections than granted', async (t) => {
  const { pools } = createPools(t);
  const listening = await startExporter(t, (socket) => socket.write(UP));
  const [a, b] = [exporter({ port: listening.port }), exporter({ port: listening.port })];
  assert.equal(pools.poolOf(a), pools.poolOf(a));
  assert.notEqual(pools.poolOf(a), pools.poolOf(b));
  await Promise.all([a, a, a, b, b, b].map((each) => fetchUp(pools, each)));
  assert.equal(listening.accepted(), 4);
});

test('closes the pools of exporters that nobody wants any more', async (t) => {
  const { pools } = createPools(t);
  const listening = await startExporter(t, (socket) => socket.write(UP));
  const [kept, dropped] = [exporter({ port: listening.port }), exporter({ port: listening.port })];
  const [keptPool, droppedPool] = [pools.poolOf(kept), pools.poolOf(dropped)];
  pools.retain(new Set([kept]));
  assert.ok(droppedPool.closed);
  assert.equal(pools.poolOf(kept), keptPool);
  assert.notEqual(pools.poolOf(dropped), droppedPool);
});

test('cuts all connections in the end', async (t) => {
  const { pools } = createPools(t);
  const listening = await startExporter(t, () => undefined);
  const asking = fetchUp(pools, exporter({ port: listening.port }));
  const refused = assert.rejects(asking);
  await pools.destroy();
  await refused;
});

test('trusts the certificate that the job names, in text or in a file', async (t) => {
  const { pools } = createPools(t);
  const caFile = join(await temporaryFolder(t), 'ca.pem');
  await writeFile(caFile, TEST_CERTIFICATE);
  const { port } = await startExporter(t, (socket) => socket.write(UP), { cert: TEST_CERTIFICATE, key: TEST_KEY });
  for (const tls of [{ ca: TEST_CERTIFICATE }, { caFile }]) {
    const trusting = exporter({ scheme: 'https', port, tls: { ...VERIFYING, ...tls } });
    assert.equal(await fetchUp(pools, trusting), 'up');
    assert.equal(pools.poolOf(trusting), pools.poolOf(trusting));
  }
});

const REFUSED: readonly (readonly [what: string, tls: ExporterTls, code: string])[] = [
  ['nobody has vouched for it', VERIFYING, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['it is for another name', { ...VERIFYING, ca: TEST_CERTIFICATE, serverName: 'db' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
];

for (const [what, tls, code] of REFUSED) {
  test(`refuses a certificate when ${what}, unless it is told to skip the check`, async (t) => {
    const { pools } = createPools(t);
    const { port } = await startExporter(t, (socket) => socket.write(UP), { cert: TEST_CERTIFICATE, key: TEST_KEY });
    await assert.rejects(fetchUp(pools, exporter({ scheme: 'https', port, tls })), { code });
    const skipping = exporter({ scheme: 'https', port, tls: { ...tls, insecureSkipVerify: true } });
    assert.equal(await fetchUp(pools, skipping), 'up');
  });
}

test('takes up a new authority from its file, once a second at most', async (t) => {
  const { pools, later } = createPools(t);
  const caFile = join(await temporaryFolder(t), 'ca.pem');
  await writeFile(caFile, OTHER_CERTIFICATE);
  const { port } = await startExporter(t, (socket) => socket.write(UP), { cert: TEST_CERTIFICATE, key: TEST_KEY });
  const rotating = exporter({ scheme: 'https', port, tls: { ...VERIFYING, caFile } });
  await assert.rejects(fetchUp(pools, rotating), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await replace(caFile, TEST_CERTIFICATE);
  const old = pools.poolOf(rotating);
  later();
  assert.equal(await fetchUp(pools, rotating), 'up');
  assert.ok(old.closed);
});

test('shows a new client certificate once its files have changed, and finishes what runs with the old one', async (t) => {
  const folder = await temporaryFolder(t);
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await Promise.all([writeFile(certFile, TEST_CERTIFICATE), writeFile(keyFile, TEST_KEY)]);
  const asked = Promise.withResolvers<void>();
  const shown: string[] = [];
  const finish: (() => void)[] = [];
  const options = { cert: TEST_CERTIFICATE, key: TEST_KEY, requestCert: true, rejectUnauthorized: false };
  const { port } = await startExporter(
    t,
    (socket) => {
      shown.push(String(socket instanceof TLSSocket && socket.getPeerCertificate().subject.CN));
      finish.push(() => void socket.write(UP));
      if (shown.length === 1) asked.resolve();
      else for (const each of finish.splice(0)) each();
    },
    options,
  );
  const { pools, later } = createPools(t);
  const rotating = exporter({ scheme: 'https', port, tls: { insecureSkipVerify: true, certFile, keyFile } });
  const first = fetchUp(pools, rotating);
  await asked.promise;
  await Promise.all([replace(certFile, OTHER_CERTIFICATE), replace(keyFile, OTHER_KEY)]);
  later();
  assert.deepEqual([await fetchUp(pools, rotating), await first], ['up', 'up']);
  assert.deepEqual(shown, ['test', 'other']);
});

test('tells of a certificate file that cannot be read, and goes on once it can', async (t) => {
  const { pools, later } = createPools(t);
  const caFile = join(await temporaryFolder(t), 'ca.pem');
  const { port } = await startExporter(t, (socket) => socket.write(UP), { cert: TEST_CERTIFICATE, key: TEST_KEY });
  const late = exporter({ scheme: 'https', port, tls: { ...VERIFYING, caFile } });
  assert.throws(() => pools.poolOf(late), /ca\.pem cannot be read$/);
  await writeFile(caFile, TEST_CERTIFICATE);
  later();
  assert.equal(await fetchUp(pools, late), 'up');
});

test('an IPv6 address stands in brackets', async (t) => {
  const { pools } = createPools(t);
  assert.doesNotThrow(() => pools.poolOf(exporter({ host: '::1' })));
});
