// Flags and files of both programs: checked whole, told with their places, exit code 2.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ChildProgram } from './support/child-program.ts';
import { eventually } from './support/eventually.ts';
import { runExporter } from './support/exporter.ts';
import { runPair } from './support/pair.ts';
import { runProxy } from './support/proxy.ts';
import { startAgent, startProxy } from './support/pullway-programs.ts';
import { scrape } from './support/scraper.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

async function outcome(program: ChildProgram): Promise<{ readonly code: number | null; readonly output: string }> {
  const { code } = await program.ended;
  return { code, output: program.output };
}

const AGENT_FLAGS = ['--proxy.url=http://127.0.0.1:1', '--agent.name=client'];

test('--help and --version of both programs say what there is to say, and exit with 0', async () => {
  for (const [start, name] of [
    [startProxy, 'pullway-proxy'],
    [startAgent, 'pullway-agent'],
  ] as const) {
    const [help, version] = await Promise.all([outcome(start(['--help'])), outcome(start(['--version']))]);
    assert.equal(help.code, 0);
    for (const flag of ['--web.listen-address', '--config.file', '--log.level', '--version']) {
      assert.ok(help.output.includes(flag), `${name} --help names ${flag}`);
    }
    assert.equal(version.code, 0);
    assert.match(version.output, new RegExp(`^${name}, version \\d+\\.\\d+\\.\\d+ `));
  }
});

test('wrong flags are all named at once, with exit code 2', async () => {
  const proxy = await outcome(startProxy(['--web.listen-adress=:1', '--scrape.max-in-flight=none', '--insecure']));
  assert.equal(proxy.code, 2);
  assert.match(proxy.output, /--web\.listen-adress.*did you mean (--)?web\.listen-address/);
  assert.match(proxy.output, /scrape\.max-in-flight/);
  const agent = await outcome(
    startAgent(['--proxy.url=ftp://x', '--agent.name=A B', '--target=http://user:secret@db:1']),
  );
  assert.equal(agent.code, 2);
  for (const flag of ['proxy.url', 'agent.name', 'target']) assert.match(agent.output, new RegExp(`--${flag}: `));
  assert.equal((await outcome(startAgent(['--agent.name=client']))).code, 2, 'an agent needs a proxy');
});

test('an environment variable stands for a flag, and the flag comes first', async (t) => {
  const proxy = await runProxy(t, {
    isInsecure: false,
    env: { PULLWAY_INSECURE: 'true', PULLWAY_WEB_LISTEN_ADDRESS: '127.0.0.1:1', PULLWAY_LOG_FORMAT: 'logfmt' },
  });
  assert.equal((await proxy.get('/-/healthy')).status, 200);
});

test('--config.check of the proxy: 0 for what is right, 2 with every fault of every file for what is not', async (t) => {
  const folder = await temporaryFolder(t);
  const [good, bad, web] = [join(folder, 'good.yml'), join(folder, 'bad.yml'), join(folder, 'web.yml')];
  await writeFile(good, `agent_tokens:\n  - name: prod\n    sha256: '${'a'.repeat(64)}'\n`);
  await writeFile(
    bad,
    `agent_tokens:\n  - name: prod\n    sha256: 1234\n    cluster: [x]\n  - sha256: zz\nunknown: 1\n`,
  );
  await writeFile(web, 'http_server_config:\n  http2: true\nbasic_auth_users:\n  prom: plain text\n');
  const right = await outcome(startProxy(['--config.check', `--config.file=${good}`]));
  assert.equal(right.code, 0, right.output);
  const wrong = await outcome(startProxy(['--config.check', `--config.file=${bad}`, `--web.config.file=${web}`]));
  assert.equal(wrong.code, 2);
  for (const place of [`${bad}:3:`, `${bad}:4:`, `${bad}:5:`, `${bad}:6:`, `${web}:2:`, `${web}:4:`]) {
    assert.ok(wrong.output.includes(place), `${place} is missing in\n${wrong.output}`);
  }
  const started = await outcome(startProxy(['--web.listen-address=127.0.0.1:0', `--config.file=${bad}`]));
  assert.equal(started.code, 2, 'the same when it is started');
});

test('--config.check of the agent: fields of a Prometheus that belong elsewhere are refused with the place', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'agent.yml');
  await writeFile(
    file,
    `scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['127.0.0.1:9100'] }]
    sample_limit: 100
    metric_relabel_configs: []
    scrape_intervall: 1s
  - job_name: twice
    basic_auth: { username: a }
    authorization: { credentials: b }
`,
  );
  const wrong = await outcome(startAgent([...AGENT_FLAGS, '--config.check', `--config.file=${file}`]));
  assert.equal(wrong.code, 2);
  assert.match(wrong.output, new RegExp(`${file}:4:\\d+: .*sample_limit.*central Prometheus`));
  assert.match(wrong.output, new RegExp(`${file}:5:\\d+: .*metric_relabel_configs.*central Prometheus`));
  for (const place of [`${file}:6:`, `${file}:9:`]) {
    assert.ok(wrong.output.includes(place), `${place} is missing in\n${wrong.output}`);
  }
  await writeFile(file, `scrape_configs:\n  - job_name: node\n    static_configs: [{ targets: ['127.0.0.1:9100'] }]\n`);
  const right = await outcome(startAgent([...AGENT_FLAGS, '--config.check', `--config.file=${file}`]));
  assert.equal(right.code, 0, right.output);
});

test('--config.check of the agent says what works and may not be meant, and exits with 0', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(
    file,
    `scrape_configs:
  - job_name: node
    honor_labels: true
    static_configs: [{ targets: ['a:1', 'b:1'] }]
    relabel_configs: [{ source_labels: [__address__], regex: 'b:1', target_label: __scheme__, replacement: ftp }]
`,
  );
  const { code, output } = await outcome(startAgent([...AGENT_FLAGS, '--config.check', `--config.file=${file}`]));
  assert.equal(code, 0, output);
  assert.ok(output.includes(`${file}:3:19: job node: honor_labels has no effect in an agent;`), output);
  assert.match(output, /^job node: target b:1 is left out: scheme "ftp" is neither http nor https$/m);
  assert.match(output, /valid and has 1 targets/);
});

test('the agent reloads its file by SIGHUP and by POST to /-/reload, and announces what changed', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'agent.yml');
  const [first, second] = await Promise.all([runExporter(t), runExporter(t)]);
  const job = (name: string, target: string): string =>
    `  - job_name: ${name}\n    static_configs: [{ targets: ['${target}'] }]\n`;
  await writeFile(file, `scrape_configs:\n${job('first', first.hostPort)}`);
  const { proxy, agent } = await runPair(t, {
    agent: { flags: [`--config.file=${file}`, '--web.enable-lifecycle'] },
  });
  const statusOf = async (port: number): Promise<number> =>
    (await scrape(proxy.port, `http://client:${port}/metrics`)).status;
  assert.deepEqual([await statusOf(first.port), await statusOf(second.port)], [200, 404]);

  await writeFile(file, `scrape_configs:\n${job('first', first.hostPort)}${job('second', second.hostPort)}`);
  agent.program.signal('SIGHUP');
  await eventually(async () => assert.equal(await statusOf(second.port), 200));

  await writeFile(file, 'scrape_configs: nonsense\n');
  const refused = await fetch(`${agent.url}/-/reload`, { method: 'POST' });
  assert.equal(refused.status, 500);
  assert.match(await refused.text(), /agent\.yml:1:\d+/);
  assert.equal(await agent.metric('pullway_agent_config_last_reload_successful'), 0);
  assert.deepEqual([await statusOf(first.port), await statusOf(second.port)], [200, 200], 'nothing changed');

  await writeFile(file, `scrape_configs:\n${job('second', second.hostPort)}`);
  assert.equal((await fetch(`${agent.url}/-/reload`, { method: 'POST' })).status, 200);
  await eventually(async () => assert.equal(await statusOf(first.port), 404));
  assert.equal(await statusOf(second.port), 200);
  assert.equal(await agent.metric('pullway_agent_config_last_reload_successful'), 1);
});

test('reload by HTTP request is refused unless --web.enable-lifecycle is given', async (t) => {
  const { proxy, agent } = await runPair(t);
  for (const { url } of [proxy, agent]) {
    assert.equal((await fetch(`${url}/-/reload`, { method: 'POST' })).status, 403);
  }
  const enabled = await runProxy(t, { flags: ['--web.enable-lifecycle'] });
  assert.equal((await fetch(`${enabled.url}/-/reload`, { method: 'POST' })).status, 200);
  assert.equal((await fetch(`${enabled.url}/-/reload`)).status, 405);
});

test('an address that is taken ends both programs with exit code 1', async (t) => {
  const exporter = await runExporter(t);
  const listen = `--web.listen-address=${exporter.hostPort}`;
  const proxy = await outcome(startProxy([listen, '--insecure']));
  assert.equal(proxy.code, 1);
  assert.match(proxy.output, /EADDRINUSE/);
  const agent = await outcome(startAgent([...AGENT_FLAGS, listen]));
  assert.equal(agent.code, 1);
  assert.match(agent.output, /EADDRINUSE/);
});
