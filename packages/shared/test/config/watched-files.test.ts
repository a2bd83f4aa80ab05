import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WatchedFiles } from '@pullway/shared/config/watched-files';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Watching {
  readonly files: WatchedFiles;
  readonly clock: SimulatedClock;
  readonly changes: () => number;
}

function watching(): Watching {
  let changes = 0;
  const clock = new SimulatedClock();
  const files = new WatchedFiles(clock, () => (changes += 1));
  return { files, clock, changes: () => changes };
}

test('files that did not change are no news', async (t) => {
  const path = join(await temporaryFolder(t), 'a.yml');
  await writeFile(path, 'a');
  const { files, changes } = watching();
  await files.watch([path, '/nonexistent/file']);
  await files.look();
  assert.equal(changes(), 0);
});

test('several files that change, come or go between two looks are one change', async (t) => {
  const folder = await temporaryFolder(t);
  const [edited, gone, coming] = ['edited', 'gone', 'coming'].map((name) => join(folder, name));
  assert.ok(edited !== undefined && gone !== undefined && coming !== undefined);
  await writeFile(edited, 'a');
  await writeFile(gone, 'a');
  const { files, changes } = watching();
  await files.watch([edited, gone, coming]);
  await writeFile(edited, 'ab');
  await rm(gone);
  await writeFile(coming, 'a');
  await files.look();
  assert.equal(changes(), 1);
  await files.look();
  assert.equal(changes(), 1);
});

test('a swapped symbolic link is a change', async (t) => {
  const folder = await temporaryFolder(t);
  for (const version of ['v1', 'v2']) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'a.yml'), 'same size');
  }
  await symlink('v1', join(folder, '..data'));
  await symlink('v2', join(folder, '..next'));
  const { files, changes } = watching();
  await files.watch([join(folder, '..data', 'a.yml')]);
  await rename(join(folder, '..next'), join(folder, '..data'));
  await files.look();
  assert.equal(changes(), 1);
});

test('it looks every five seconds until it is stopped', async (t) => {
  const path = join(await temporaryFolder(t), 'a.yml');
  const clock = new SimulatedClock();
  const told = Promise.withResolvers<number>();
  const files = new WatchedFiles(clock, () => told.resolve(clock.now()));
  await files.watch([path]);
  await files.watch([path]);
  assert.equal(clock.pending, 1);
  await writeFile(path, 'a');
  clock.advance(5_000);
  assert.equal(await told.promise, 5_000);
  files.stop();
  files.stop();
  assert.equal(clock.pending, 0);
});

test('a look that is under way when it is stopped tells nothing', async (t) => {
  const path = join(await temporaryFolder(t), 'a.yml');
  const { files, changes } = watching();
  await files.watch([path]);
  await writeFile(path, 'a');
  const look = files.look();
  files.stop();
  await look;
  assert.equal(changes(), 0);
});

test('two looks at once tell a change once', async (t) => {
  const path = join(await temporaryFolder(t), 'a.yml');
  const { files, changes } = watching();
  await files.watch([path]);
  await writeFile(path, 'a');
  await Promise.all([files.look(), files.look()]);
  assert.equal(changes(), 1);
});

test('a watch that is overtaken by a stop starts nothing', async (t) => {
  const path = join(await temporaryFolder(t), 'a.yml');
  const { files, clock } = watching();
  const watch = files.watch([path]);
  files.stop();
  await watch;
  assert.equal(clock.pending, 0);
});
