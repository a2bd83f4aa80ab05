import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretFile } from '@pullway/shared/config/secret-file';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// A line feed too many made every header invalid, for ever.
test('a secret loses the white space around it, as with Prometheus', async (t) => {
  const path = join(await temporaryFolder(t), 'token');
  for (const [content, wanted] of [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret'],
    [' T \n\n', 'T'],
    ['two words', 'two words'],
  ] as const) {
    await writeFile(path, content);
    assert.equal(new SecretFile(path, () => 0).read(), wanted);
  }
});

test('a changed file is read again, after a second at the latest', async (t) => {
  const path = join(await temporaryFolder(t), 'token');
  const clock = new SimulatedClock();
  const secret = new SecretFile(path, () => clock.now());
  await writeFile(path, 'old');
  assert.equal(secret.read(), 'old');
  await writeFile(path, 'newer');
  clock.advance(999);
  assert.equal(secret.read(), 'old');
  clock.advance(1);
  assert.equal(secret.read(), 'newer');
});

test('the swap of a symbolic link as Kubernetes does it is a change', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [version, content] of [
    ['v1', 'one'],
    ['v2', 'two'],
  ] as const) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'token'), content);
  }
  await symlink('v1', join(folder, '..data'));
  await symlink(join('..data', 'token'), join(folder, 'token'));
  const clock = new SimulatedClock();
  const secret = new SecretFile(join(folder, 'token'), () => clock.now());
  assert.equal(secret.read(), 'one');
  await symlink('v2', join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
  clock.advance(1_000);
  assert.equal(secret.read(), 'two');
});

test('while the file is absent or empty the last secret stays in force', async (t) => {
  const path = join(await temporaryFolder(t), 'token');
  const clock = new SimulatedClock();
  const secret = new SecretFile(path, () => clock.now());
  await writeFile(path, 'kept');
  assert.equal(secret.read(), 'kept');
  await rm(path);
  clock.advance(1_000);
  assert.equal(secret.read(), 'kept');
  await writeFile(path, '');
  clock.advance(1_000);
  assert.equal(secret.read(), 'kept');
});

test('a secret that could never be read is an error with its cause, until it can be', async (t) => {
  const path = join(await temporaryFolder(t), 'token');
  const clock = new SimulatedClock();
  const secret = new SecretFile(path, () => clock.now());
  assert.throws(
    () => secret.read(),
    (error: Error) => /cannot be read/.test(error.message) && error.cause instanceof Error,
  );
  await writeFile(path, 'x'.repeat(64 * 1024 + 1));
  clock.advance(1_000);
  assert.throws(() => secret.read(), /cannot be read/);
  await writeFile(path, 'there');
  clock.advance(1_000);
  assert.equal(secret.read(), 'there');
});
