import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
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
