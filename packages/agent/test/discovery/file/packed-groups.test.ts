import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { packGroups, unpackGroups } from '../../../src/discovery/file/packed-groups.ts';

function group(targets: number, labels: Readonly<Record<string, string>>) {
  return { targets: Array.from({ length: targets }, (_, index) => `h${index}:1`), labels };
}

/** As it comes out of a pipe. */
function cut(text: string): readonly string[] {
  return text.match(/[^]{1,1000}/g) ?? [];
}

test('unpacks what was packed, whatever its size', () => {
  const groups = [group(0, {}), group(1, { a: 'b\n"c"' }), group(2_345, { d: 'e' }), group(500, {}), group(501, {})];
  assert.deepEqual(finish(unpackGroups(cut(packGroups(groups)))), groups);
  assert.deepEqual(finish(unpackGroups([packGroups([])])), []);
});

test('yields in the middle of a large group', () => {
  const work = unpackGroups([packGroups([group(20_000, {})])]);
  let units = 0;
  while (work.next().done !== true) units += 1;
  assert.equal(units, 40);
});
