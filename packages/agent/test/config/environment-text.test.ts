import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentText } from '../../src/config/environment-text.ts';

const text = environmentText({ NODE_NAME: 'worker-1', EMPTY: '' });
const reference = (name: string): string => ['$', '{', name, '}'].join('');

test('puts environment variables in place of their names', () => {
  assert.equal(text.parse(`spec.nodeName=${reference('NODE_NAME')}`), 'spec.nodeName=worker-1');
  assert.equal(text.parse(`a${reference('EMPTY')}b`), 'ab');
  assert.equal(text.parse('a$b$NODE_NAME{}'), 'a$b$NODE_NAME{}');
});

test('refuses a variable that is not set', () => {
  assert.match(text.safeParse(reference('NO')).error?.message ?? '', /the environment variable NO is not set/);
});
