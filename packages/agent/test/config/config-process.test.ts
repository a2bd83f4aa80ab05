import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ConfigError } from '@pullway/shared/config/faults';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { loadConfigFile } from '../../src/config/config-file.ts';
import { readConfigElsewhere } from '../../src/config/config-process.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'config');
const ENVIRONMENT = { NODE_NAME: 'worker-1', POD_NAMESPACE: 'monitoring' };
const PROCESS = { node: process.execPath, flags: ['--conditions=source'], environment: ENVIRONMENT };

for (const name of ['annotations', 'api-server-proxy', 'kubernetes-access', 'relabelling']) {
  test(`of ${name}.good.yml the same jobs come out of another process`, async () => {
    const file = join(FIXTURES, `${name}.good.yml`);
    const loaded = await readConfigElsewhere(file, PROCESS);
    assert.deepEqual(loaded, await loadConfigFile(file, ENVIRONMENT));
    assert.ok(loaded.jobs.every((job) => Object.isFrozen(job)));
  });
}

test('rules that come out of another process can be applied', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  const rules =
    '{ action: labelmap, regex: "a(.+)" }, { action: hashmod, source_labels: [b], modulus: 9, target_label: c }';
  await writeFile(file, `scrape_configs: [{ job_name: a, relabel_configs: [${rules}] }]`);
  const { jobs, files } = await readConfigElsewhere(file, PROCESS);
  const [labelMap, hashMod] = jobs[0]?.relabelRules ?? [];
  assert.ok(labelMap?.action === 'labelmap' && hashMod?.action === 'hashmod');
  assert.equal(labelMap.pattern.replace('abc', 'x$1'), 'xbc');
  assert.equal(hashMod.modulus, 9n);
  assert.deepEqual(files, [file]);
});

test('faults keep their places on the way out of another process', async () => {
  const file = join(FIXTURES, 'typos.bad.yml');
  const faultsOf = async (reading: Promise<unknown>) => {
    const error: unknown = await reading.catch((error: unknown) => error);
    assert.ok(error instanceof ConfigError);
    return error.faults;
  };
  assert.deepEqual(await faultsOf(readConfigElsewhere(file, PROCESS)), await faultsOf(loadConfigFile(file)));
});

test('a process that ends without an answer is no configuration', async () => {
  const flags = [...PROCESS.flags, '--eval=process.exit(7)'];
  await assert.rejects(readConfigElsewhere('a.yml', { ...PROCESS, flags }), /reads a\.yml ended with 7$/);
  await assert.rejects(readConfigElsewhere('a.yml', { ...PROCESS, node: '/no/such/node' }), /ENOENT/);
});

// A pipe was waited for for ever, by a process that nobody ended.
test('what is no file is no configuration', async () => {
  await assert.rejects(
    readConfigElsewhere('/', PROCESS),
    (error) => error instanceof ConfigError && /is no file/.test(error.message),
  );
});

// With no descriptor left for its pipes a process has no stdio at all: the agent died of that, in a reload.
test('without descriptors for another process there is an error, and the agent lives on', async () => {
  const sources = join(import.meta.dirname, '..', '..', 'src');
  const program = `
    import { openSync } from 'node:fs';
    import { readConfigElsewhere } from '${join(sources, 'config', 'config-process.ts')}';
    import { readInProcess } from '${join(sources, 'discovery', 'file', 'groups-process.ts')}';
    const node = process.execPath;
    try { for (;;) openSync('/dev/null'); } catch {}
    const errors = await Promise.allSettled([
      readConfigElsewhere('a.yml', { node, flags: [], environment: {} }),
      readInProcess('a.yml', { path: node, flags: [], availableBytes: () => 1e9 }, new AbortController().signal),
    ]);
    console.log(errors.map(({ reason }) => reason.message).join());
  `;
  const shell = 'ulimit -n 64; exec "$0" --conditions=source --input-type=module --eval "$1"';
  const { stdout } = await promisify(execFile)('sh', ['-c', shell, process.execPath, program]);
  assert.match(stdout, /EMFILE.*a\.yml was not started.*EMFILE/);
});
