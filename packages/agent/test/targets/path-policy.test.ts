import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coversPath, pathPatternFault } from '../../src/targets/path-policy.ts';

const covered = [
  ['/metrics', '/metrics'],
  ['/metrics/*', '/metrics/cadvisor'],
  ['/metrics/*', '/metrics/a/b'],
  ['/metrics/*', '/metrics/'],
  ['/metrics*', '/metrics'],
  ['/*', '/anything'],
  ['/a/*', '/a/..b/c...'],
] as const;

for (const [pattern, path] of covered) {
  test(`lets ${pattern} cover ${path}`, () => assert.equal(coversPath(pattern, path), true));
}

const refused = [
  ['/metrics', '/metrics/'],
  ['/metrics', '/Metrics'],
  ['/metrics', '/metrics2'],
  ['/metrics/*', '/metrics'],
  ['/metrics/*', '/metric/x'],
  ['/metrics/*', '/metrics/../exec'],
  ['/metrics/*', '/metrics/./x'],
  ['/metrics/*', '/metrics/..'],
  ['/metrics/*', '/metrics/%2e%2e/exec'],
  ['/metrics/*', '/metrics/.%2E/exec'],
  ['/metrics/*', '/metrics/..%2fexec'],
  ['/metrics/*', '/metrics/..%5Cexec'],
  ['/metrics/*', '/metrics/..\\exec'],
  ['/metrics/*', '/metrics//exec'],
  ['/metrics/*', '/metrics/..;/exec'],
  ['/metrics/*', '/metrics/a%00'],
] as const;

for (const [pattern, path] of refused) {
  test(`does not let ${pattern} cover ${path}`, () => assert.equal(coversPath(pattern, path), false));
}

test('says what is wrong with a pattern', () => {
  assert.equal(pathPatternFault('/a/*'), undefined);
  assert.equal(pathPatternFault('/a'), undefined);
  assert.match(pathPatternFault('a') ?? '', /begins with/);
  assert.match(pathPatternFault('') ?? '', /begins with/);
  assert.match(pathPatternFault('/a?b') ?? '', /no query/);
  assert.match(pathPatternFault('/*/b') ?? '', /last character/);
  assert.match(pathPatternFault('/a b') ?? '', /ASCII/);
  assert.match(pathPatternFault('/ä') ?? '', /ASCII/);
});
