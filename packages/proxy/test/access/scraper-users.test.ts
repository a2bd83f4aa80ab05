import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PasswordVerdict } from '../../src/access/password-checker.ts';
import { ScraperUsers } from '../../src/access/scraper-users.ts';

/** Passwords in clear for hashes: what bcrypt says is tested with the checker. */
class PlainPasswords {
  readonly asked: string[] = [];
  verdict: PasswordVerdict | undefined;

  compare(password: string, bcryptHash: string): Promise<PasswordVerdict> {
    this.asked.push(`${password} ${bcryptHash.slice(0, 7)}`);
    return Promise.resolve(this.verdict ?? (bcryptHash === `hash of ${password}` ? 'right' : 'wrong'));
  }
}

function stand(users: Readonly<Record<string, string>> = { prom: 'hash of secret' }) {
  const passwords = new PlainPasswords();
  let refusals = 0;
  const access = new ScraperUsers(new Map(Object.entries(users)), passwords, () => (refusals += 1));
  return { passwords, access, refusals: () => refusals };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

test('grants everything at once where no users are configured', () => {
  const { access } = stand({});
  assert.equal(access.authenticate(undefined), 'granted');
  assert.equal(access.authenticate('Bearer x'), 'granted');
});

test('grants the right password, and answers at once from then on', async () => {
  const { access, passwords } = stand();
  assert.equal(await access.authenticate(basic('prom', 'secret')), 'granted');
  assert.equal(access.authenticate(basic('prom', 'secret')), 'granted');
  assert.equal(passwords.asked.length, 1);
});

test('refuses a wrong password, and does not compare it twice', async () => {
  const { access, passwords, refusals } = stand();
  assert.equal(await access.authenticate(basic('prom', 'wrong')), 'refused');
  assert.equal(access.authenticate(basic('prom', 'wrong')), 'refused');
  assert.equal(passwords.asked.length, 1);
  assert.equal(refusals(), 2);
});

test('compares with a real hash for users that do not exist, so that time does not tell', async () => {
  const { access, passwords } = stand();
  assert.equal(await access.authenticate(basic('nobody', 'secret')), 'refused');
  assert.deepEqual(passwords.asked, ['secret $2b$10$']);
});

test('refuses at once what is no Basic authentication', () => {
  const { access, passwords } = stand();
  for (const field of [
    undefined,
    '',
    'Basic',
    'Basic !',
    'Bearer abc',
    'Basic bm9jb2xvbg==',
    `Basic ${'A'.repeat(9_000)}`,
  ]) {
    assert.equal(access.authenticate(field), 'refused');
  }
  assert.deepEqual(passwords.asked, []);
});

test('takes a colon and other alphabets in a password', async () => {
  const { access } = stand({ prom: 'hash of a:b ü' });
  assert.equal(await access.authenticate(basic('prom', 'a:b ü')), 'granted');
});

test('asks once for requests that come together', async () => {
  const { access, passwords } = stand();
  const field = basic('prom', 'secret');
  assert.deepEqual(await Promise.all([1, 2, 3].map(async () => access.authenticate(field))), [
    'granted',
    'granted',
    'granted',
  ]);
  assert.equal(passwords.asked.length, 1);
});

test('keeps no verdict of a comparison that did not take place', async () => {
  const { access, passwords } = stand();
  passwords.verdict = 'unknown';
  assert.equal(await access.authenticate(basic('prom', 'secret')), 'refused');
  passwords.verdict = undefined;
  assert.equal(await access.authenticate(basic('prom', 'secret')), 'granted');
});

test('forgets all verdicts when the users are replaced', async () => {
  const { access } = stand();
  assert.equal(await access.authenticate(basic('prom', 'secret')), 'granted');
  access.replace(new Map([['prom', 'hash of other']]));
  assert.equal(await access.authenticate(basic('prom', 'secret')), 'refused');
  assert.equal(await access.authenticate(basic('prom', 'other')), 'granted');
});

test('does not lose a user who scrapes to somebody who guesses', async () => {
  const { access, passwords } = stand();
  await access.authenticate(basic('prom', 'secret'));
  for (let guess = 0; guess < 3_000; guess += 1) await access.authenticate(basic('prom', `guess ${guess}`));
  passwords.asked.length = 0;
  assert.equal(access.authenticate(basic('prom', 'secret')), 'granted');
  assert.deepEqual(passwords.asked, []);
});
