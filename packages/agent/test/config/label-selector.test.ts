import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorFault } from '../../src/config/label-selector.ts';

const selectors = [
  '',
  ' ',
  'a',
  '!a',
  'a,!b',
  'a=b',
  'a == b, c != d',
  'a=',
  'a=,b',
  'a in (b)',
  'a in (b, c),d notin ()',
  'a in (,b,,c,)',
  'in in (in,notin)',
  'a=in',
  'a>1,b<9223372036854775807',
  'example.com/a-b.c_d=X-1',
];

for (const text of selectors) {
  test(`takes ${JSON.stringify(text)}`, () => assert.equal(labelSelectorFault(text), undefined));
}

const nonsense = [
  ['a in (', /^ends where a comma or \) is expected/],
  ['a in b', /^has "b" where \( is expected/],
  ['a in (b c)', /^has "c" where a comma or \) is expected/],
  ['a in (b=)', /^has "=" where a comma or \)/],
  ['a,', /^ends where the name of a label/],
  [',a', /^has "," where the name/],
  ['!', /^ends where the name/],
  ['!a=b', /^has "=" where a comma or the end/],
  ['a b', /^has "b" where one of = == !=/],
  ['a=b c', /^has "c" where a comma or the end/],
  ['a=!b', /^has "!" where a value/],
  ['a===b', /^has "=" where a value/],
  ['a>b', /^"b" is no whole number/],
  ['a>', /^ends where a whole number/],
  ['a>9223372036854775808', /is no whole number/],
  ['-a', /^"-a" is no name of a label/],
  ['a/b/c', /is no name of a label/],
  ['/a', /is no name of a label/],
  ['A/a', /is no name of a label/],
  ['a'.repeat(64), /is no name of a label/],
  ['a=b/c', /^"b\/c" is no value of a label/],
  ['ä', /is no name of a label/],
] as const;

for (const [text, fault] of nonsense) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.match(labelSelectorFault(text) ?? '', fault));
}
