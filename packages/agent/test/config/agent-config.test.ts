import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { parseFlags } from '@pullway/shared/config/flags';
import { agentConfig, type AgentConfig } from '../../src/config/agent-config.ts';
import { AGENT_FLAGS } from '../../src/config/flags.ts';

function configOf(args: readonly string[], hostname = 'Node-7'): AgentConfig {
  return agentConfig(parseFlags(AGENT_FLAGS, args, {}), hostname);
}

function faultsOf(...args: string[]): readonly string[] {
  try {
    configOf(args);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults.map(({ message }) => message);
  }
  return [];
}

test('needs nothing but the URL of a proxy', () => {
  const config = configOf(['--proxy.url=http://proxy:8080/']);
  assert.deepEqual(config.identity, { name: 'node-7', cluster: '' });
  assert.deepEqual(
    config.proxies.map(({ tunnel }) => tunnel.href),
    ['ws://proxy:8080/tunnel'],
  );
  assert.deepEqual(config.listen, { host: undefined, port: 9369 });
  assert.deepEqual([config.maxConcurrent, config.maxBodyBytes], [256, 512 * 1024 * 1024]);
  assert.equal(Object.isFrozen(config), true);
});

test('takes several proxies and targets', () => {
  const config = configOf([
    '--proxy.url=http://a',
    '--proxy.url=http://b',
    '--target=x:1',
    '--target=y:1',
    '--target.passthrough=z:1',
  ]);
  assert.equal(config.proxies.length, 2);
  assert.deepEqual(
    config.jobs.map(({ staticGroups, passthrough }) => [staticGroups[0]?.targets[0]?.['__address__'], passthrough]),
    [
      ['x:1', false],
      ['y:1', false],
      ['z:1', true],
    ],
  );
});

test('tells all faults at once', () => {
  const faults = faultsOf(
    '--agent.name=Not Valid',
    '--agent.cluster=-',
    '--target=a:b',
    '--proxy.url=ftp://x',
    '--proxy.cert-file=c',
    '--web.telemetry-path=m',
  );
  assert.deepEqual(
    faults.map((message) => message.split(':')[0]),
    ['agent.name', 'agent.cluster', 'proxy.url', 'proxy.cert-file', 'target', 'web.telemetry-path'].map(
      (flag) => `flag --${flag}`,
    ),
  );
});

test('refuses to start without a proxy, but checks a file without one', () => {
  assert.deepEqual(faultsOf(), ['flag --proxy.url: at least one is needed']);
  assert.deepEqual(faultsOf('--config.check'), []);
});

test('refuses the same proxy twice, for two tunnels of one agent would displace each other', () => {
  assert.match(faultsOf('--proxy.url=http://a', '--proxy.url=http://a/')[0] ?? '', /given twice/);
});

test('says that the host name is no name for an agent', () => {
  assert.throws(() => configOf(['--proxy.url=http://a'], 'my host'), /--agent\.name: "my host" is no name/);
});
