import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, didYouMean, formatFault, type Fault } from '@pullway/shared/config/faults';

const FAULTS: readonly (readonly [Fault, string])[] = [
  [{ message: 'unknown flag --x' }, 'unknown flag --x'],
  [{ file: 'a.yml', message: 'cannot be read' }, 'a.yml: cannot be read'],
  [{ file: 'a.yml', line: 3, message: 'm' }, 'a.yml:3: m'],
  [{ file: 'a.yml', line: 3, column: 7, message: 'm' }, 'a.yml:3:7: m'],
];

test('a fault is written as compilers write it', () => {
  for (const [fault, text] of FAULTS) assert.equal(formatFault(fault), text);
});

test('an error of the configuration tells all faults, one on each line', () => {
  const cause = new Error('why');
  const error = new ConfigError([{ message: 'one' }, { file: 'f', line: 1, column: 2, message: 'two' }], { cause });
  assert.equal(error.message, 'one\nf:1:2: two');
  assert.equal(error.name, 'ConfigError');
  assert.equal(error.faults.length, 2);
  assert.equal(error.cause, cause);
});

const SLIPS: readonly (readonly [string, string])[] = [
  ['web.listen-adress', '; did you mean web.listen-address?'],
  ['lgo.level', '; did you mean log.level?'],
  ['log.level', '; did you mean log.level?'],
  ['something.else', ''],
  ['', ''],
];

test('a slip of the pen is recognised, another word is not', () => {
  for (const [word, hint] of SLIPS) assert.equal(didYouMean(word, ['log.level', 'web.listen-address']), hint, word);
  assert.equal(didYouMean('x', []), '');
});
