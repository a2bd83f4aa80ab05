import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { MemoryLogger } from '../../../../shared/test/support/memory-logger.ts';
import { SimulatedClock } from '../../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { FileMechanism } from '../../../src/discovery/file/file-mechanism.ts';

const NODE = { path: process.execPath, flags: process.execArgv, availableBytes: () => process.availableMemory() };

async function mechanism(t: TestContext, node = NODE) {
  const folder = await temporaryFolder(t);
  const logger = new MemoryLogger();
  const clock = new SimulatedClock();
  const files = new FileMechanism({ kind: 'file', files: [join(folder, '*.yml')] }, { clock, logger, node });
  /** Addresses by file, of the groups that have changed. */
  const changes = (): Readonly<Record<string, readonly (string | undefined)[]>> =>
    Object.fromEntries(
      finish(files.takeChanges(100)).map(({ source, targets }) => [
        source.slice(folder.length + 1),
        targets.map((target) => target['__address__']),
      ]),
    );
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  return { files, changes, write, folder, logger, clock };
}

test('finds what files say, and what they say when they change, come and go', async (t) => {
  const { files, changes, write, folder } = await mechanism(t);
  await write('a.yml', '[{targets: ["a:1"]}, {targets: ["b:1"]}]');
  assert.equal(files.status.hasSynced, false);
  await files.look();
  assert.deepEqual(changes(), { 'a.yml:0': ['a:1'], 'a.yml:1': ['b:1'] });
  assert.equal(files.status.hasSynced, true);
  await files.look();
  assert.deepEqual(changes(), {});
  await write('a.yml', '[{targets: ["changed:1"]}]');
  await write('new.yml', '[{targets: ["new:1"]}]');
  await files.look();
  assert.deepEqual(changes(), { 'a.yml:0': ['changed:1'], 'a.yml:1': [], 'new.yml:0': ['new:1'] });
  await rm(join(folder, 'a.yml'));
  await files.look();
  assert.deepEqual(changes(), { 'a.yml:0': [] });
});

test('keeps what a file said before it was broken, and reports it once', async (t) => {
  const { files, changes, write, logger } = await mechanism(t);
  await write('a.yml', '[{targets: ["a:1"]}]');
  await files.look();
  changes();
  await write('a.yml', '[{targets: "no list"}]');
  await files.look();
  await files.look();
  assert.deepEqual(changes(), {});
  assert.match(files.status.faults.join(), /a\.yml:1:12: targets: must be a list/);
  assert.deepEqual([logger.records.length, files.status.failures], [1, 1]);
  await write('a.yml', '[{targets: ["b:1"]}]');
  await files.look();
  assert.deepEqual([changes(), files.status.faults], [{ 'a.yml:0': ['b:1'] }, []]);
});

test('looks every few seconds from its start to its stop', async (t) => {
  const { files, clock } = await mechanism(t);
  const looked = Promise.withResolvers<void>();
  files.start(() => looked.resolve());
  await looked.promise;
  assert.equal(clock.pending, 1);
  files.stop();
  assert.equal(clock.pending, 0);
});

test('gives changes a few at a time', async (t) => {
  const { files, write } = await mechanism(t);
  await write('a.yml', '[{targets: ["a:1"]}, {targets: ["b:1"]}, {targets: ["c:1"]}]');
  await files.look();
  assert.deepEqual(
    [finish(files.takeChanges(2)).length, finish(files.takeChanges(2)).length, finish(files.takeChanges(2)).length],
    [2, 1, 0],
  );
});

test('refuses a pattern by which nothing could ever be found', () => {
  const surroundings = { clock: new SimulatedClock(), logger: new MemoryLogger(), node: NODE };
  assert.throws(() => new FileMechanism({ kind: 'file', files: ['/sd/[a.json'] }, surroundings), {
    name: 'ConfigError',
    message: 'file_sd_configs: /sd/[a.json: a [ needs a ] behind it, with something in between',
  });
});

test('says nothing of a file that it was reading when it was told to stop', async (t) => {
  const { files, changes, write, logger } = await mechanism(t);
  await write('a.yml', '[{targets: ["a:1"]}]');
  const looking = files.look();
  files.stop();
  await looking;
  assert.deepEqual([changes(), logger.lines, files.status.hasSynced], [{}, [], false]);
});

// A process for each of them took a tenth of a second and more: with a hundred files the agent connected before it had their targets.
test('files that changed together are read by one process', async (t) => {
  const { folder: elsewhere } = await mechanism(t);
  const [path, log] = [join(elsewhere, 'node'), join(elsewhere, 'log')];
  await writeFile(path, `#!/bin/sh\necho started >> '${log}'\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  const { files, changes, write } = await mechanism(t, { ...NODE, path });
  for (let index = 0; index < 20; index += 1) await write(`${index}.yml`, `- targets: ['h${index}:1']\n`);
  await files.look();
  assert.equal(Object.keys(changes()).length, 20);
  assert.equal(await readFile(log, 'utf8'), 'started\n');
});

// A pipe with a name like the files' was waited for for ever, and all other files with it.
test('what is no file is a fault, and keeps no other from being read', async (t) => {
  const { files, changes, write, folder } = await mechanism(t);
  execFileSync('mkfifo', [join(folder, 'a.yml')]);
  await write('b.yml', '- targets: [b:1]\n');
  await files.look();
  assert.deepEqual(changes(), { 'b.yml:0': ['b:1'] });
  assert.match(files.status.faults.join(), /a\.yml is no file$/);
});

// In a container the kernel ended the agent before the other process had what it was allowed.
test('a file that takes more memory than there is left is refused, and the next one is read', async (t) => {
  const { files, changes, write } = await mechanism(t, { ...NODE, availableBytes: () => 64e6 });
  await write('a.yml', `- targets: [${Array.from({ length: 60_000 }, (_, index) => `h${index}:1`).join(', ')}]\n`);
  await write('b.yml', '- targets: [b:1]\n');
  await files.look();
  assert.deepEqual(changes(), { 'b.yml:0': ['b:1'] });
  assert.match(files.status.faults.join(), /a\.yml takes more than 32 MB to read; /);
});
