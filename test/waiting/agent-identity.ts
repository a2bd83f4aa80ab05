// Who may be an agent: tokens in the proxy's configuration, what each may claim, and what becomes of tunnels when they change.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runAgent, type RunningAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { answerNothing, runExporter } from '../support/exporter.ts';
import { runProxy, type RunningProxy } from '../support/proxy.ts';
import { startProxy } from '../support/pullway-programs.ts';
import { scrape } from '../support/scraper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Token {
  readonly name: string;
  readonly token: string;
  readonly clusters?: readonly string[];
  readonly agents?: readonly string[];
}

/** A proxy with a configuration file that the test can replace, and files with tokens for agents. */
class Guarded {
  readonly proxy: RunningProxy;
  readonly #folder: string;

  constructor(proxy: RunningProxy, folder: string) {
    this.proxy = proxy;
    this.#folder = folder;
  }

  static async run(test: TestContext, tokens: readonly Token[]): Promise<Guarded> {
    const folder = await temporaryFolder(test);
    await replaceFile(join(folder, 'proxy.yml'), configuration(tokens));
    const proxy = await runProxy(test, { isInsecure: false, flags: [`--config.file=${join(folder, 'proxy.yml')}`] });
    return new Guarded(proxy, folder);
  }

  replaceTokens(tokens: readonly Token[]): Promise<void> {
    return replaceFile(join(this.#folder, 'proxy.yml'), configuration(tokens));
  }

  async runAgent(test: TestContext, name: string, token: string, flags: readonly string[] = []): Promise<RunningAgent> {
    const tokenFile = join(this.#folder, `${name}.token`);
    await writeFile(tokenFile, `${token}\n`);
    return runAgent(test, { proxies: [this.proxy.url], name, flags: [`--proxy.token-file=${tokenFile}`, ...flags] });
  }

  async hasReloads(isSuccessful: boolean): Promise<void> {
    await eventually(async () => {
      const state = await this.proxy.metric('pullway_proxy_config_last_reload_successful');
      assert.equal(state, isSuccessful ? 1 : 0);
    });
  }
}

const REFUSED = { timeoutMs: 20_000 };

/** Settles when the agent says that it was refused, with `reason`, and that it is not ready. */
async function assertRefused(agent: RunningAgent, reason: RegExp): Promise<void> {
  await eventually(async () => {
    const { status, text } = await agent.get('/-/ready');
    assert.equal(status, 503);
    assert.match(text, /: refused, /);
    assert.match(text, reason);
  }, REFUSED);
  // Within a minute, give or take a tenth: often enough to notice a repair, seldom enough to harm nobody.
  const [, delay] = await agent.program.outputMatching(/level=error .*retry_in_ms=(\d+)/);
  assert.ok(Number(delay) >= 50_000 && Number(delay) <= 70_000, `it tries again in ${delay} ms`);
}

export function agentIdentity(): void {
  test('without any agent token the proxy does not start, and names both ways out', async (t) => {
    const proxy = startProxy(['--web.listen-address=127.0.0.1:0']);
    t.after(() => proxy.stop());
    assert.deepEqual(await proxy.ended, { code: 2, signal: null });
    assert.match(proxy.output, /agent_tokens in the file of --config\.file/);
    assert.match(proxy.output, /--insecure/);
  });

  test('a token admits an agent to the clusters and names that it may claim, and to no others', async (t) => {
    const guarded = await Guarded.run(t, [
      { name: 'prod', token: 'token-of-prod', clusters: ['prod-*'], agents: ['node-*', 'client'] },
    ]);
    const [good, stranger, wrongCluster, wrongName, anonymous] = await Promise.all([
      guarded.runAgent(t, 'node-1', 'token-of-prod', ['--agent.cluster=prod-eu']),
      guarded.runAgent(t, 'client', 'token-of-nobody', ['--agent.cluster=prod-eu']),
      guarded.runAgent(t, 'node-2', 'token-of-prod', ['--agent.cluster=dev']),
      guarded.runAgent(t, 'gateway', 'token-of-prod', ['--agent.cluster=prod-eu']),
      runAgent(t, { proxies: [guarded.proxy.url], name: 'node-3', flags: ['--agent.cluster=prod-eu'] }),
    ]);
    await good.isReady();
    await Promise.all([
      assertRefused(stranger, /answered 401/),
      assertRefused(wrongCluster, /may not claim this name or cluster/),
      assertRefused(wrongName, /may not claim this name or cluster/),
      assertRefused(anonymous, /answered 401/),
    ]);
    await guarded.proxy.hasAgents(1);
    const own = await scrape(guarded.proxy.port, 'http://node-1.prod-eu:9369/metrics');
    assert.equal(own.status, 200);
    for (const secret of ['token-of-prod', 'token-of-nobody']) {
      for (const { program } of [good, stranger, wrongCluster, guarded.proxy]) {
        assert.ok(!program.output.includes(secret), `${program.name} logged a token`);
      }
    }
  });

  test('SIGHUP takes a new token in; revoking the old one cuts its tunnels and their scrapes, and no others', async (t) => {
    const [old, other] = [
      { name: 'old', token: 'old-token' },
      { name: 'other', token: 'other-token' },
    ];
    const guarded = await Guarded.run(t, [old, other]);
    const exporter = await runExporter(t, answerNothing);
    const revoked = await guarded.runAgent(t, 'client', old.token, [`--target=${exporter.hostPort}`]);
    const kept = await guarded.runAgent(t, 'bystander', other.token);
    await guarded.proxy.hasAgents(2);
    const running = scrape(guarded.proxy.port, `http://client:${exporter.port}/metrics`, { timeoutSeconds: 60 });
    await eventually(() => assert.equal(exporter.requests.length, 1));

    await guarded.replaceTokens([{ name: 'new', token: 'new-token' }, other]);
    guarded.proxy.program.signal('SIGHUP');
    const answer = await running;
    assert.deepEqual([answer.status, answer.outcome], [502, 'tunnel_lost'], answer.reason);
    await assertRefused(revoked, /token/);
    await guarded.proxy.hasAgents(1);
    await kept.isReady();
    assert.equal(await kept.metricSum('pullway_agent_reconnects_total'), 0, 'the other tunnel did not notice');
    const newcomer = await guarded.runAgent(t, 'newcomer', 'new-token');
    await newcomer.isReady();
  });

  test('a changed file is taken in without a signal; one with faults changes nothing and shows in a metric', async (t) => {
    const first = { name: 'first', token: 'first-token' };
    const guarded = await Guarded.run(t, [first]);
    const agent = await guarded.runAgent(t, 'client', first.token);
    await agent.isReady();
    // Files are looked at every few seconds.
    await guarded.replaceTokens([first, { name: 'first', token: 'same name twice' }]);
    await guarded.hasReloads(false);
    assert.match(guarded.proxy.program.output, /proxy\.yml:\d+:\d+: [^\n]*is used by another token already/);
    await agent.isReady();
    const second = { name: 'second', token: 'second-token' };
    await guarded.replaceTokens([first, second]);
    await guarded.hasReloads(true);
    const newcomer = await guarded.runAgent(t, 'newcomer', second.token);
    await newcomer.isReady();
  });
}

function configuration(tokens: readonly Token[]): string {
  const entries = tokens.map(({ token, name, clusters = ['*'], agents = ['*'] }) => ({
    name,
    sha256: createHash('sha256').update(token).digest('hex'),
    clusters,
    agents,
  }));
  // JSON is YAML; one entry a line, so that a fault has a line of its own.
  return `agent_tokens:\n${entries.map((entry) => `  - ${JSON.stringify(entry)}\n`).join('')}`;
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
