// deploy/systemd: the command lines of the unit files with files as docs/guides/install.md makes them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRepositoryFile, withNames } from './support/deploy-files.ts';
import { startAgent, startProxy } from './support/pullway-programs.ts';
import { runProxy } from './support/proxy.ts';
import { runAgent } from './support/agent.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const TOKEN = 'f00d';

test('the unit files start both programs, and the agent connects with its token', async (t) => {
  const folder = await temporaryFolder(t);
  const [proxyFile, tokenFile, agentFile] = ['proxy.yml', 'token', 'agent.yml'].map((name) => join(folder, name));
  assert.ok(proxyFile !== undefined && tokenFile !== undefined && agentFile !== undefined);
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  await writeFile(proxyFile, `agent_tokens:\n  - name: prod-eu\n    sha256: ${sha256}\n    clusters: [prod-eu]\n`);
  await writeFile(tokenFile, `${TOKEN}\n`);
  await writeFile(
    agentFile,
    `scrape_configs: [{ job_name: node, static_configs: [{ targets: ['127.0.0.1:9100'] }] }]\n`,
  );

  const proxyFlags = await flagsOf('proxy', {
    '/etc/pullway/proxy.yml': proxyFile,
    '--web.listen-address=:8080': '',
    '=:8081': '=127.0.0.1:0',
  });
  const agentFlags = await flagsOf('agent', {
    '${CREDENTIALS_DIRECTORY}/token': tokenFile,
    '/etc/pullway/agent.yml': agentFile,
  });
  const proxy = await runProxy(t, { isInsecure: false, flags: proxyFlags });
  const agent = await runAgent(t, {
    proxies: [`http://127.0.0.1:${proxy.tunnelPort}`],
    flags: agentFlags,
    env: { PULLWAY_AGENT_CLUSTER: 'prod-eu' },
  });
  await agent.isReady();
});

test('systemd waits longer for a stop than the programs need', async () => {
  for (const [name, start] of [
    ['proxy', startProxy],
    ['agent', startAgent],
  ] as const) {
    const help = start(['--help']);
    await help.ended;
    const [, grace] = /--shutdown\.grace=[\s\S]*?Default: (\d+)s/.exec(help.output) ?? [];
    const [, timeout] = /^TimeoutStopSec=(\d+)$/m.exec(await unit(name)) ?? [];
    assert.ok(Number(timeout) > Number(grace), `${name}: ${timeout} s and ${grace} s`);
  }
});

// Five starts within ten seconds, the default, and systemd would have given up until somebody looked.
test('systemd never gives up on a program that cannot start', async () => {
  for (const name of ['proxy', 'agent']) {
    const text = await unit(name);
    assert.match(text, /^\[Unit\]\n(?:[^[].*\n|\n)*StartLimitIntervalSec=0$/m, name);
    assert.match(text, /^Restart=always$/m, name);
  }
});

function unit(name: string): Promise<string> {
  return readRepositoryFile(`deploy/systemd/pullway-${name}.service`);
}

/** The flags of the unit of `name` with `files` in place of others. */
async function flagsOf(name: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(await unit(name)) ?? [];
  const [program, ...flags] = withNames(line, files).split(/ +/);
  assert.equal(program, `/opt/pullway-${name}/dist/main.js`);
  return flags;
}
