import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldSelectorFault } from '../../src/config/field-selector.ts';

for (const text of [
  '',
  'metadata.name=web',
  'spec.nodeName==worker-1,status.phase!=Failed',
  ',,a=,',
  'a=b\\,c\\=d\\\\',
  '=a',
  'a!b=c',
]) {
  test(`takes ${JSON.stringify(text)}`, () => assert.equal(fieldSelectorFault(text), undefined));
}

for (const text of ['metadata.name', 'a=b,c', 'a=b=c', 'a===b', 'a=\\x', 'a=b\\', 'a in (b)']) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.match(fieldSelectorFault(text) ?? '', /where a term such as/));
}
