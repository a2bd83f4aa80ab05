// What operators ask of both programs: metrics, health, the API, a page for people, and a path prefix before all of it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runAgent } from './support/agent.ts';
import { eventually } from './support/eventually.ts';
import { runExporter } from './support/exporter.ts';
import { runPair } from './support/pair.ts';
import { runProxy } from './support/proxy.ts';
import { requireProgram } from './support/real-program.ts';
import { openScrape, rawExchange, hasHead, scrape } from './support/scraper.ts';
import { addresses, discover } from './support/service-discovery.ts';

test('promtool finds nothing to say about the metrics of either program after all kinds of traffic', async (t) => {
  const promtool = requireProgram(t, 'promtool');
  if (promtool === undefined) return;
  const exporter = await runExporter(t);
  const { proxy, agent } = await runPair(t, {
    agent: {
      targets: [exporter.hostPort, '127.0.0.1:1'],
      flags: ['--agent.cluster=prod-eu', `--target.passthrough=passed:${exporter.port}=${exporter.hostPort}`],
    },
  });
  await scrape(proxy.port, `http://client.prod-eu:${exporter.port}/metrics`);
  await scrape(proxy.port, `http://client.prod-eu:${exporter.port}/other`);
  await scrape(proxy.port, 'http://client.prod-eu:1/metrics');
  await scrape(proxy.port, 'http://nobody:1/metrics');
  await rawExchange(proxy.port, `CONNECT passed:${exporter.port} HTTP/1.1\r\nHost: x\r\n\r\n`, { isWhole: hasHead });
  await discover(`${proxy.url}/sd`);
  const twin = await runAgent(t, { proxies: [proxy.url], flags: ['--agent.cluster=prod-eu'] });
  await twin.isReady();
  await proxy.isIdle();
  for (const { program, get } of [
    { program: proxy.program, get: proxy.get.bind(proxy) },
    { program: agent.program, get: agent.get.bind(agent) },
  ]) {
    const { text, headers } = await get('/metrics');
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.deepEqual(check(promtool, text), { code: 0, said: '' }, program.name);
    const names = text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      names.filter((name) => !new RegExp(`^(pullway_${program.name}|process|nodejs)_`).test(name)),
      [],
      'every name has the prefix of the program, or one that all programs share',
    );
    assert.ok(!text.includes(`:${exporter.port}`), 'no label holds an address');
  }
});

test('health and readiness of the agent follow its tunnels', async (t) => {
  const proxy = await runProxy(t);
  const agent = await runAgent(t, { proxies: [proxy.url] });
  await agent.isReady();
  proxy.program.signal('SIGKILL');
  await eventually(async () => {
    const { status, text } = await agent.get('/-/ready');
    assert.equal(status, 503);
    assert.match(text, new RegExp(`^${proxy.url}: not connected, .*ECONNREFUSED`, 'm'));
  });
  assert.equal((await agent.get('/-/healthy')).status, 200);
});

test('the API of the proxy tells agents and targets', async (t) => {
  const exporter = await runExporter(t);
  const { proxy, agent } = await runPair(t, {
    agent: { targets: [exporter.hostPort], flags: ['--agent.cluster=prod-eu'] },
  });
  const agents = JSON.parse((await proxy.get('/api/v1/agents')).text);
  assert.equal(agents.status, 'success');
  assert.equal(agents.data.total, 1);
  const [entry] = agents.data.agents;
  assert.deepEqual(
    {
      name: entry.name,
      cluster: entry.cluster,
      state: entry.state,
      targets: entry.targets,
      exchanges: entry.exchanges,
    },
    { name: 'client', cluster: 'prod-eu', state: 'serving', targets: 2, exchanges: 0 },
  );
  const targets = JSON.parse((await proxy.get('/api/v1/targets?job=static')).text);
  assert.equal(targets.data.total, 1);
  const [target] = targets.data.targets;
  assert.deepEqual(
    { address: target.address, path: target.path, state: target.state, agents: target.agents },
    { address: `client.prod-eu:${exporter.port}`, path: '/metrics', state: 'served', agents: ['client'] },
  );
  assert.equal((await proxy.get('/api/v1/targets?limit=many')).status, 400);
  const own = JSON.parse((await agent.get('/api/v1/targets')).text);
  assert.equal(own.data.targets.length, 2);
});

test('the page of each program names it, and pages that are not there are 404', async (t) => {
  const { proxy, agent } = await runPair(t);
  for (const { get, title } of [
    { get: proxy.get.bind(proxy), title: 'Pullway proxy' },
    { get: agent.get.bind(agent), title: 'Pullway agent' },
  ]) {
    const page = await get('/');
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.ok(page.text.includes(`<title>${title}</title>`));
    assert.equal((await get('/nowhere')).status, 404);
    assert.equal((await get('/-/healthy')).status, 200);
    assert.equal((await get('/-/ready')).status, 200);
  }
});

test('under a path prefix everything is below it, the tunnel too, and scrapes are where they were', async (t) => {
  const exporter = await runExporter(t);
  const proxy = await runProxy(t, { flags: ['--web.route-prefix=/pullway/', '--web.telemetry-path=/own'] });
  const agent = await runAgent(t, { proxies: [`${proxy.url}/pullway`], targets: [exporter.hostPort] });
  await agent.isReady();
  const list = await eventuallyListed(`${proxy.url}/pullway/sd?job=static`);
  assert.deepEqual(list, [`client:${exporter.port}`]);
  assert.equal((await scrape(proxy.port, `http://client:${exporter.port}/metrics`)).status, 200);
  assert.equal((await proxy.get('/pullway/own')).status, 200);
  for (const path of ['/pullway/-/healthy', '/pullway/-/ready', '/pullway/api/v1/agents', '/pullway/']) {
    assert.equal((await proxy.get(path)).status, 200, path);
  }
  for (const path of ['/sd', '/own', '/metrics', '/pullway/metrics', '/pullwaysd']) {
    assert.equal((await proxy.get(path)).status, 404, path);
  }
  const lost = await runAgent(t, { proxies: [proxy.url], name: 'lost' });
  await eventually(async () => {
    assert.match((await lost.get('/-/ready')).text, /answered 404.*is the path of --proxy\.url right\?/);
  });
});

test('a scrape that a load balancer rewrote to origin form is told apart from a request for the proxy itself', async (t) => {
  const exporter = await runExporter(t);
  const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const ask = async (host: string): Promise<string> => {
    const answer = await rawExchange(proxy.port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return answer.text;
  };
  assert.match(await ask(`client:${exporter.port}`), /exporter_up 1/);
  assert.match(await ask(`127.0.0.1:${proxy.port}`), /pullway_proxy_agents/);
  assert.match(await ask('some-load-balancer'), /pullway_proxy_agents/);
});

test('an agent that announces the name of the proxy does not take over its service discovery', async (t) => {
  const exporter = await runExporter(t);
  const name = 'pullway-proxy.monitoring.svc:8080';
  const { proxy } = await runPair(t, { agent: { targets: [`${name}=http://${exporter.hostPort}/sd`] } });
  const request = `GET /-/healthy HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`;
  assert.match((await rawExchange(proxy.port, request)).text, /pullway-proxy is healthy/);
  const list = await rawExchange(proxy.port, request.replace('/-/healthy', '/sd'));
  assert.doesNotMatch(list.text, /exporter_up/);
});

test('metrics of the agent are scraped through its tunnel like any target', async (t) => {
  const { proxy } = await runPair(t);
  const answer = await scrape(proxy.port, 'http://client:9369/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.body.toString(), /^pullway_agent_tunnel_up\{proxy="[^"]+"\} 1$/m);
  const refused = await openScrape(proxy.port, 'http://client:9369/-/reload');
  refused.resume();
  assert.equal(refused.statusCode, 403, 'its other pages are not exposed');
});

function check(promtool: string, metrics: string): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

async function eventuallyListed(url: string): Promise<readonly string[]> {
  let listed: readonly string[] = [];
  await eventually(async () => {
    listed = addresses(await discover(url));
    assert.equal(listed.length, 1);
  });
  return listed;
}
