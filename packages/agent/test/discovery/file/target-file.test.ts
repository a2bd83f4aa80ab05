import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { Pace } from '@pullway/shared/runtime/pace';
import { SimulatedClock } from '../../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { readTargetFile } from '../../../src/discovery/file/target-file.ts';

const NODE = { path: process.execPath, flags: process.execArgv, availableBytes: () => process.availableMemory() };

async function read(t: TestContext, name: string, text: string, signal = new AbortController().signal) {
  const file = join(await temporaryFolder(t), name);
  await writeFile(file, text);
  const groups = await readTargetFile(
    { file, size: (await stat(file)).size },
    NODE,
    new Pace(new SimulatedClock(), 5),
    signal,
  );
  return groups?.map((group) => ({ ...group, source: group.source.replace(file, name) }));
}

for (const [name, text] of [
  ['a.json', '[{"targets": ["a:1", "b:1"], "labels": {"x": "y"}}, {"targets": ["c:1"]}]'],
  ['a.yml', '- targets: [a:1, b:1]\n  labels: {x: y}\n- targets: [c:1]\n'],
] as const) {
  test(`makes target groups of ${name}, each named for its place`, async (t) => {
    const [first, second] = (await read(t, name, text)) ?? [];
    assert.deepEqual([first?.source, second?.source], [`${name}:0`, `${name}:1`]);
    assert.deepEqual(first?.targets, [{ __address__: 'a:1' }, { __address__: 'b:1' }]);
    assert.deepEqual([first?.labels['x'], first?.labels['__meta_filepath']?.endsWith(`/${name}`)], ['y', true]);
  });
}

// The whole file was parsed and checked in one go, YAML and JSON alike: a second for a thousand groups of YAML.
for (const name of ['large.json', 'large.yml']) {
  test(`reads ${name} while other things go on`, async (t) => {
    const groups = Array.from({ length: 300 }, (_, index) => ({
      targets: [`h${index}:1`],
      labels: { x: 'y'.repeat(900) },
    }));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    t.after(() => clearImmediate(counting));
    assert.equal((await read(t, name, JSON.stringify(groups)))?.length, 300);
    assert.ok(turns > 20, `${turns} turns`);
  });
}

test('tells the faults of what another process read', async (t) => {
  await assert.rejects(
    read(t, 'a.yml', '- targets: a:1\n'),
    (error) => error instanceof ConfigError && /a\.yml:1:12: targets: must be a list/.test(error.message),
  );
});

test('passes on faults of the file system from another process', async (t) => {
  const absent = join(await temporaryFolder(t), 'absent.yml');
  const pace = new Pace(new SimulatedClock(), 5);
  await assert.rejects(readTargetFile({ file: absent, size: 1 }, NODE, pace, new AbortController().signal), {
    code: 'ENOENT',
  });
});

test('ends the process when it is told to stop', async (t) => {
  const stopping = new AbortController();
  const reading = read(t, 'a.yml', '- targets: [a:1]\n', stopping.signal);
  stopping.abort();
  await assert.rejects(reading);
});

// A Node that is not there had the code of a file that is not there.
test('does not take a process that cannot be started for a file that is gone', async (t) => {
  const file = join(await temporaryFolder(t), 'a.yml');
  await writeFile(file, '- targets: [a:1]\n');
  const node = { ...NODE, path: join(file, '..', 'no-node') };
  const pace = new Pace(new SimulatedClock(), 5);
  const reading = readTargetFile({ file, size: 1 }, node, pace, new AbortController().signal);
  await assert.rejects(reading, { code: 'NOT_STARTED' });
});
