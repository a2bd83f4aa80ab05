import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { matchingFiles, patternFault } from '../../../src/discovery/file/glob.ts';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';

// Classes were taken for themselves, and a `?` in the name of a folder too: nothing was found, and nobody was told.
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['*.json', ['a.json', 'b.json', 'c-d.json']],
  ['?.json', ['a.json', 'b.json']],
  ['[ab].json', ['a.json', 'b.json']],
  ['[b-z].json', ['b.json']],
  ['[z-b].json', []],
  ['[^a].json', ['b.json']],
  ['c[\\-+]d.json', ['c-d.json']],
  ['[a-ac-z]*.json', ['a.json', 'c-d.json']],
  ['\\a.json', ['a.json']],
  ['x+*', ['x+.yml']],
  ['x[+]*', ['x+.yml']],
  ['é?.yml', ['é😀.yml']],
  ['sd-?/x.json', ['sd-1/x.json', 'sd-2/x.json']],
  ['sd-[2-9]/?.json', ['sd-2/x.json', 'sd-2/y.json']],
  ['sd-?/sub/*', ['sd-1/sub/z.json']],
  ['absent.json', ['absent.json']],
  ['absent/*.json', []],
  ['a.json/*', []],
];

for (const [pattern, expected] of cases) {
  test(`finds ${expected.length === 0 ? 'nothing' : expected.join(', ')} by ${pattern}`, async (t) => {
    const folder = await temporaryFolder(t);
    await Promise.all(['sd-1/sub', 'sd-2'].map((name) => mkdir(join(folder, name), { recursive: true })));
    const names = ['b.json', 'a.json', 'axjson', 'c-d.json', 'x+.yml', 'é😀.yml'];
    const deep = ['sd-1/x.json', 'sd-2/x.json', 'sd-2/y.json', 'sd-1/sub/z.json'];
    await Promise.all([...names, ...deep].map((name) => writeFile(join(folder, name), '')));
    // The folder itself may have any name.
    const found = await matchingFiles(join(folder, '/').replaceAll(/[*?[\\]/g, '\\$&') + pattern);
    assert.deepEqual(
      found.map((file) => file.slice(folder.length + 1)),
      expected,
    );
  });
}

for (const pattern of ['[', '[]a', '[^]', '[a', '/sd/[a/b].json', '[a-]', '[-a]', 'a\\', '[a\\'])
  test(`takes ${pattern} for no pattern, as Go does`, () => assert.notEqual(patternFault(pattern), undefined));

for (const pattern of ['a', '*', '[a-c]', '[^a]x?', '\\[', ']', '[\\]]'])
  test(`takes ${pattern} for a pattern, as Go does`, () => assert.equal(patternFault(pattern), undefined));
