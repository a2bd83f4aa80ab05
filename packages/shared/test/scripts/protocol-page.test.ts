import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FRAME_TYPES } from '@pullway/shared/protocol/frames';
import { printedInto } from '../../scripts/protocol-page.ts';

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');

test('docs/protocol.md shows the states, close codes and bytes of the code', () => {
  assert.equal(printedInto(page), page, 'run: node --conditions=source packages/shared/scripts/protocol-docs.ts');
});

test('docs/protocol.md lists each frame with its type', () => {
  for (const [name, code] of Object.entries(FRAME_TYPES)) {
    const hex = `0x${code.toString(16).padStart(2, '0')}`;
    assert.ok(page.includes(`| \`${hex}\` | ${name.toUpperCase().replace('_', '')} |`), `${hex} ${name}`);
  }
});

test('a page without a mark is refused', () => {
  assert.throws(() => printedInto(page.replace('<!-- codes:end -->', '')), /no part codes/);
});
