import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { matchingFiles } from '../../../src/discovery/file/glob.ts';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';

test('finds files by the pattern in the last part of their names, in order', async (t) => {
  const folder = await temporaryFolder(t);
  await Promise.all(['b.json', 'a.json', 'axjson', 'c+.yml'].map((name) => writeFile(join(folder, name), '')));
  const found = async (pattern: string): Promise<readonly string[]> =>
    (await matchingFiles(join(folder, pattern))).map((file) => file.slice(folder.length + 1));
  assert.deepEqual(await found('*.json'), ['a.json', 'b.json']);
  assert.deepEqual(await found('?.json'), ['a.json', 'b.json']);
  assert.deepEqual(await found('c+*'), ['c+.yml']);
  assert.deepEqual(await found('absent.json'), ['absent.json']);
  assert.deepEqual(await matchingFiles(join(folder, 'absent', '*.json')), []);
});
