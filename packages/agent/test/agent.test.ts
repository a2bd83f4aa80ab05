import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseFlags } from '@pullway/shared/config/flags';
import { systemClock } from '@pullway/shared/runtime/clock';
import { MemoryLogger } from '../../shared/test/support/memory-logger.ts';
import { temporaryFolder } from '../../shared/test/support/temporary-folder.ts';
import { Agent } from '../src/agent.ts';
import { agentConfig } from '../src/config/agent-config.ts';
import { loadConfigFile } from '../src/config/config-file.ts';
import { AGENT_FLAGS } from '../src/config/flags.ts';
import { FakeProxy, startAgent } from './support/fake-proxy.ts';
import { fetchFrom, openHttpServer } from './support/test-endpoint.ts';

const NO_SIGNAL = new AbortController().signal;

test('carries a scrape from a proxy to an exporter and back', async (t) => {
  const exporter = await openHttpServer(t, (_request, response) => void response.end('up 1\n'));
  const proxy = new FakeProxy();
  await startAgent(t, await proxy.open(t), `--target=127.0.0.1:${exporter.port}`);
  assert.deepEqual(await proxy.announcement(), [`client:${exporter.port}`, 'client:9369'].toSorted());
  assert.equal(await proxy.scrape(`client:${exporter.port}`, '/metrics'), '200 up 1\n');
  await assert.rejects(proxy.scrape(`client:${exporter.port}`, '/other'), /^Error: not_exposed/);
  await assert.rejects(proxy.scrape('client:1', '/metrics'), /^Error: unknown_target/);
});

test('answers for its own metrics, which count the scrapes before', async (t) => {
  const proxy = new FakeProxy();
  await startAgent(t, await proxy.open(t));
  await proxy.announcement();
  await proxy.scrape('client:9369', '/metrics');
  const text = await proxy.scrape('client:9369', '/metrics');
  assert.match(text, /^pullway_agent_scrapes_total\{outcome="answered"\} 1$/m);
  assert.match(text, /^pullway_agent_build_info\{version="\d+\.\d+\.\d+",nodeversion="v24"\} 1$/m);
  assert.match(text, /^pullway_agent_tunnel_up\{proxy="ws:\/\/127\.0\.0\.1:\d+"\} 1$/m);
});

test('is ready once there is a tunnel', async (t) => {
  const proxy = new FakeProxy();
  const { statusPort } = await startAgent(t, await proxy.open(t));
  await proxy.announcement();
  assert.equal((await fetchFrom(statusPort, '/-/ready')).status, 200);
});

test('announces what a reload changed, and keeps what it had when the file is bad', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(file, 'scrape_configs: [{job_name: a, static_configs: [{targets: ["a:1"]}]}]');
  const proxy = new FakeProxy();
  const { statusPort } = await startAgent(
    t,
    await proxy.open(t),
    `--config.file=${file}`,
    '--web.enable-lifecycle',
    '--target=b:1',
  );
  assert.deepEqual(await proxy.announcement(), ['a:1', 'b:1', 'client:9369']);

  await writeFile(file, 'scrape_configs: [{job_name: a, static_configs: [{targets: ["c:1"]}]}]');
  assert.equal((await fetchFrom(statusPort, '/-/reload', 'POST')).status, 200);
  assert.deepEqual(await proxy.announcement(), ['b:1', 'c:1', 'client:9369']);

  await writeFile(file, 'scrape_configs: [{job_name: a, no_such_field: 1}]');
  const refused = await fetchFrom(statusPort, '/-/reload', 'POST');
  assert.deepEqual([refused.status, /no_such_field/.test(refused.body)], [500, true]);
  assert.match((await fetchFrom(statusPort, '/metrics')).body, /^pullway_agent_config_last_reload_successful 0$/m);
  assert.deepEqual(proxy.addresses, ['b:1', 'c:1', 'client:9369']);
});

test('takes the first of two exporters that share an address, and reports the other', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(file, 'scrape_configs: [{job_name: a, static_configs: [{targets: ["127.0.0.1:1", "localhost:1"]}]}]');
  const proxy = new FakeProxy();
  const { logger } = await startAgent(t, await proxy.open(t), `--config.file=${file}`);
  assert.deepEqual(await proxy.announcement(), ['client:1', 'client:9369']);
  const refused = logger.records.find(({ message }) => message === 'target left out');
  assert.match(String(refused?.fields['error']), /client:1\/metrics already stands for http:\/\/127/);
});

// The whole file was refused for one target that relabelling spoils, without line and column; Prometheus takes such a file.
test('leaves out a target that nobody can scrape, and reports it, without refusing the others', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(
    file,
    `scrape_configs:
      - job_name: a
        static_configs: [{targets: ["g:1", "h:2"]}]
        relabel_configs: [{source_labels: [__address__], regex: h:2, target_label: __scheme__, replacement: ftp}]`,
  );
  const proxy = new FakeProxy();
  const { logger, statusPort } = await startAgent(t, await proxy.open(t), `--config.file=${file}`);
  assert.deepEqual(await proxy.announcement(), ['client:9369', 'g:1']);
  const leftOut = logger.records.find(({ message }) => message === 'target left out');
  assert.deepEqual(leftOut?.fields, { job: 'a', address: 'h:2', error: 'scheme "ftp" is neither http nor https' });
  assert.match((await fetchFrom(statusPort, '/api/v1/targets?state=dropped')).body, /"fault":"scheme \\"ftp\\"/);
});

test('logs at each load what a job has that does nothing in an agent', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(file, 'scrape_configs: [{job_name: a, honor_labels: true, static_configs: [{targets: ["a:1"]}]}]');
  const proxy = new FakeProxy();
  const { logger, statusPort } = await startAgent(
    t,
    await proxy.open(t),
    `--config.file=${file}`,
    '--web.enable-lifecycle',
  );
  assert.equal((await fetchFrom(statusPort, '/-/reload', 'POST')).status, 200);
  const notes = logger.records.filter(({ message }) => message === 'note on the configuration');
  const note = 'job a: honor_labels has no effect in an agent; set it in the job of the central Prometheus';
  const fields = { file, line: 1, column: 46, note };
  assert.deepEqual(
    notes.map(({ level, fields: told }) => ({ level, ...told })),
    [
      { level: 'warn', ...fields },
      { level: 'warn', ...fields },
    ],
  );
});

test('opens nothing before it is started, and closes what was never started', async () => {
  const flags = parseFlags(AGENT_FLAGS, ['--proxy.url=http://127.0.0.1:1'], {});
  const agent = new Agent(agentConfig(flags, 'host'), {
    clock: systemClock,
    logger: new MemoryLogger(),
    environment: {},
    node: { path: process.execPath, flags: process.execArgv, availableBytes: () => process.availableMemory() },
    readConfigFile: loadConfigFile,
    collectGarbage: () => {},
    instance: 'i',
    random: () => 0,
    facts: {
      cpuUsage: () => ({ user: 0, system: 0 }),
      memoryUsage: () => ({ rss: 0, heapUsed: 0, external: 0 }),
      uptime: () => 0,
      nodeVersion: 'v24',
    },
  });
  await agent.close({ signal: NO_SIGNAL });
});

test('closes in order: the proxy is told, connections end, the port is free again', async (t) => {
  const proxy = new FakeProxy();
  const { agent, statusPort } = await startAgent(t, await proxy.open(t));
  await proxy.announcement();
  await agent.close({ signal: NO_SIGNAL });
  assert.equal(proxy.sessions[0]?.isPeerLeaving, true);
  await assert.rejects(fetchFrom(statusPort, '/-/healthy'), /ECONNREFUSED/);
});
