import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { AgentCredentials, type AgentToken } from '../../src/access/agent-credentials.ts';

function token(name: string, text: string, clusters = ['*'], agents = ['*']): AgentToken {
  return { name, sha256: hash('sha256', text, 'hex'), clusters, agents };
}

test('knows who presents a token, and nobody who presents another or none', () => {
  const credentials = new AgentCredentials([token('eu', 'one'), token('us', 'two')]);
  assert.equal(credentials.identify('two')?.credential, 'us');
  assert.equal(credentials.identify('three'), undefined);
  assert.equal(credentials.identify(''), undefined);
  assert.equal(credentials.identify(undefined), undefined);
  assert.equal(credentials.identify('x'.repeat(100_000)), undefined);
});

test('does not take the hash for the token', () => {
  const credentials = new AgentCredentials([token('eu', 'one')]);
  assert.equal(credentials.identify(hash('sha256', 'one', 'hex')), undefined);
});

test('judges clusters and names by the globs of the token', () => {
  const credentials = new AgentCredentials([token('eu', 'one', ['prod-*', ''], ['node-*', 'db'])]);
  const identity = credentials.identify('one');
  assert.ok(identity);
  assert.equal(credentials.judge(identity, 'prod-eu', 'node-1'), 'granted');
  assert.equal(credentials.judge(identity, '', 'db'), 'granted');
  assert.equal(credentials.judge(identity, 'test', 'node-1'), 'forbidden');
  assert.equal(credentials.judge(identity, 'prod-eu', 'web'), 'forbidden');
});

test('forgets a token that was taken out, and follows one that was renamed', () => {
  const credentials = new AgentCredentials([token('eu', 'one'), token('us', 'two')]);
  const [eu, us] = [credentials.identify('one'), credentials.identify('two')];
  assert.ok(eu && us);
  credentials.replace([token('america', 'two')]);
  assert.equal(credentials.judge(eu, '', 'x'), 'unauthorised');
  assert.equal(credentials.judge(us, '', 'x'), 'granted');
});

test('lets everybody in where no token is configured, and nobody of them once there is one', () => {
  const credentials = new AgentCredentials([]);
  const anybody = credentials.identify(undefined);
  assert.ok(anybody);
  assert.equal(credentials.judge(anybody, 'any', 'name'), 'granted');
  credentials.replace([token('eu', 'one')]);
  assert.equal(credentials.judge(anybody, 'any', 'name'), 'unauthorised');
});
