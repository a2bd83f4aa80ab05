import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { PasswordChecker } from '../../src/access/password-checker.ts';
import { hashSync } from 'bcryptjs';

/** Cost 4, the lowest, so that tests are quick. */
const HASH = hashSync('secret', 4);

function checker(t: TestContext): PasswordChecker {
  const passwords = new PasswordChecker();
  t.after(() => passwords.close());
  return passwords;
}

test('tells the right password from a wrong one, in the spelling of htpasswd too', async (t) => {
  const passwords = checker(t);
  assert.equal(await passwords.compare('secret', HASH), 'right');
  assert.equal(await passwords.compare('Secret', HASH), 'wrong');
  assert.equal(await passwords.compare('secret', HASH.replace('$2b$', '$2y$')), 'right');
  assert.equal(await passwords.compare('secret', HASH.replace('$2b$', '$2a$')), 'right');
});

test('answers every question of a crowd, in order', async (t) => {
  const passwords = checker(t);
  const answers = await Promise.all(
    ['a', 'secret', 'b', 'secret'].map((password) => passwords.compare(password, HASH)),
  );
  assert.deepEqual(answers, ['wrong', 'right', 'wrong', 'right']);
});

test('does not compare for a crowd without end', async (t) => {
  const passwords = checker(t);
  const answers = await Promise.all(Array.from({ length: 200 }, () => passwords.compare('secret', HASH)));
  assert.ok(answers.includes('unknown') && answers.includes('right'));
});

test('answers who waits when it is closed, and compares again when it is asked again', async (t) => {
  const passwords = checker(t);
  const waiting = [passwords.compare('secret', HASH), passwords.compare('secret', HASH)];
  await passwords.close();
  assert.deepEqual(await Promise.all(waiting), ['unknown', 'unknown']);
  assert.equal(await passwords.compare('secret', HASH), 'right');
});
