import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseConfigFile, requireTokens } from '../../src/config/config-file.ts';

const DIGEST = 'A'.repeat(64);

function faults(text: string): readonly string[] {
  try {
    parseConfigFile(text, 'proxy.yml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
  }
  return [];
}

test('reads tokens; without globs they may claim everything', () => {
  const text = `agent_tokens: [{name: eu, sha256: ${DIGEST}, clusters: [prod-*]}]`;
  const [token] = parseConfigFile(text, 'proxy.yml').agentTokens;
  assert.deepEqual(token, { name: 'eu', sha256: DIGEST.toLowerCase(), clusters: ['prod-*'], agents: ['*'] });
});

test('takes a file without anything', () => {
  assert.deepEqual(parseConfigFile('', 'proxy.yml').agentTokens, []);
});

test('tells all faults at once, each with its place', () => {
  const text = ['agent_tokens:', '  - nam: eu', '    sha256: abc', 'tokens: []', ''].join('\n');
  const told = faults(text);
  assert.ok(
    told.some((line) =>
      /^proxy\.yml:2:\d+: unknown field nam; did you mean name\?|^proxy\.yml:2:\d+: unknown field nam/.test(line),
    ),
  );
  assert.ok(told.some((line) => /^proxy\.yml:3:\d+: sha256: is no SHA-256/.test(line)));
  assert.ok(told.some((line) => line.startsWith('proxy.yml:4:1: unknown field tokens')));
});

test('takes a hash that YAML takes for a number as it is written', () => {
  const digits = '1'.repeat(64);
  const { agentTokens } = parseConfigFile(`agent_tokens: [{name: eu, sha256: ${digits}}]`, 'proxy.yml');
  assert.equal(agentTokens[0]?.sha256, digits);
});

test('refuses a name or a token that is there twice, and globs that name nothing', () => {
  const again = `agent_tokens: [{name: eu, sha256: ${DIGEST}}, {name: eu, sha256: ${DIGEST}, agents: []}]`;
  const told = faults(again).join('\n');
  assert.match(told, /agents: names nothing/);
  const repeated = faults(`agent_tokens: [{name: eu, sha256: ${DIGEST}}, {name: eu, sha256: ${DIGEST.toLowerCase()}}]`);
  assert.equal(repeated.filter((line) => line.includes('is used by another token already')).length, 2);
});

test('does not let a proxy start without any token by mistake, and names both ways out', () => {
  const none = { agentTokens: [] };
  assert.throws(() => requireTokens(none, false, 'proxy.yml'), /proxy\.yml: .*agent_tokens.*--insecure/);
  requireTokens(none, true, undefined);
  requireTokens(parseConfigFile(`agent_tokens: [{name: eu, sha256: ${DIGEST}}]`, 'proxy.yml'), false, 'proxy.yml');
});
