// Several agents for one address: who gets a scrape, and what a scraper notices when one of them goes. Nothing, it should be.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { runAgent, type RunningAgent } from './support/agent.ts';
import { eventually } from './support/eventually.ts';
import { answerUp, runExporter, type RunningExporter } from './support/exporter.ts';
import { runProxy, type RunningProxy } from './support/proxy.ts';
import { openScrape, scrape } from './support/scraper.ts';
import { addresses, discover } from './support/service-discovery.ts';

const URL = 'http://shop:8080/metrics';

interface Twins {
  readonly proxy: RunningProxy;
  readonly agents: readonly [RunningAgent, RunningAgent];
  readonly exporters: readonly [RunningExporter, RunningExporter];
}

/** Two agents that announce the same address, each with an exporter of its own behind it, so that it shows who was asked. */
async function runTwins(t: TestContext): Promise<Twins> {
  const proxy = await runProxy(t);
  const exporters = await Promise.all([runWaitingExporter(t), runWaitingExporter(t)]);
  const run = (name: string, exporter: RunningExporter): Promise<RunningAgent> =>
    runAgent(t, { proxies: [proxy.url], name, targets: [`shop:8080=http://${exporter.hostPort}/metrics`] });
  const agents = await Promise.all([run('b', exporters[0]), run('a', exporters[1])]);
  await proxy.hasAgents(2);
  return { proxy, agents, exporters };
}

/** Answers at once, but to those who say that they have time. */
function runWaitingExporter(t: TestContext): Promise<RunningExporter> {
  return runExporter(t, (request, response) => {
    if (request.headers['x-wait'] === undefined) answerUp(request, response);
  });
}

test('twins are one entry of service discovery, under the name of the first agent in the alphabet', async (t) => {
  const { proxy, agents } = await runTwins(t);
  const list = await discover(`${proxy.url}/sd?job=static`);
  assert.deepEqual(addresses(list), ['shop:8080']);
  assert.equal(list[0]?.labels['__meta_pullway_agent'], 'a');
  assert.deepEqual(
    addresses(await discover(`${proxy.url}/sd?agent=b&job=static`)),
    ['shop:8080'],
    'found by either name',
  );
  agents[0].program.signal('SIGKILL');
  await proxy.hasAgents(1);
  const later = await discover(`${proxy.url}/sd?job=static`);
  assert.deepEqual(addresses(later), ['shop:8080']);
});

test('a scrape goes to the agent with fewer in flight', async (t) => {
  const { proxy, exporters } = await runTwins(t);
  const hangUp = new AbortController();
  t.after(() => hangUp.abort());
  const inFlight = (): number => exporters[0].requests.length + exporters[1].requests.length;
  for (let begun = 1; begun <= 10; begun += 1) {
    openScrape(proxy.port, URL, { timeoutSeconds: 60, headers: { 'x-wait': 'yes' }, signal: hangUp.signal }).catch(
      () => {},
    );
    await eventually(() => assert.equal(inFlight(), begun));
    const [first, second] = exporters.map(({ requests }) => requests.length);
    assert.ok(Math.abs((first ?? 0) - (second ?? 0)) <= 1, `${first} and ${second} in flight`);
  }
  hangUp.abort();
  await proxy.isIdle();
});

test('when one agent is killed no scrape fails: what begins later goes to the other, what had no head yet is tried again', async (t) => {
  const { proxy, agents, exporters } = await runTwins(t);
  // Tells the exporter that is asked first to keep quiet, and the other to answer.
  const headers = { 'x-wait': 'yes' };
  const hanging = scrape(proxy.port, URL, { timeoutSeconds: 60, headers });
  await eventually(() => assert.equal(exporters[0].requests.length + exporters[1].requests.length, 1));
  const victim = exporters[0].requests.length === 1 ? 0 : 1;
  const survivor = victim === 0 ? 1 : 0;
  const results: number[] = [];
  const scraping = new AbortController();
  const scrapesGoOn = (async (): Promise<void> => {
    while (!scraping.signal.aborted) results.push((await scrape(proxy.port, URL, { timeoutSeconds: 30 })).status);
  })();
  await eventually(() => assert.ok(results.length > 5));
  agents[victim].program.signal('SIGKILL');
  await eventually(() => assert.equal(exporters[survivor].requests.filter(isWaiting).length, 1, 'tried again'));
  const soFar = results.length;
  await eventually(() => assert.ok(results.length > soFar + 5));
  scraping.abort();
  await scrapesGoOn;
  assert.deepEqual(
    results.filter((status) => status !== 200),
    [],
  );
  // The second attempt is lost as well: then the scraper is told, and nothing is tried a third time.
  agents[survivor].program.signal('SIGKILL');
  const { status, outcome } = await hanging;
  assert.deepEqual([status, outcome], [502, 'tunnel_lost']);
  await proxy.isIdle();
});

test('an agent that is full leaves the scrape to the other one', async (t) => {
  const proxy = await runProxy(t);
  const [small, large] = await Promise.all([runWaitingExporter(t), runWaitingExporter(t)]);
  const target = ({ hostPort }: RunningExporter): string => `shop:8080=http://${hostPort}/metrics`;
  await Promise.all([
    runAgent(t, { proxies: [proxy.url], name: 's', targets: [target(small)], flags: ['--scrape.max-concurrent=1'] }),
    runAgent(t, { proxies: [proxy.url], name: 'l', targets: [target(large)] }),
  ]);
  await proxy.hasAgents(2);
  const hangUp = new AbortController();
  t.after(() => hangUp.abort());
  const options = { timeoutSeconds: 60, headers: { 'x-wait': 'yes' }, signal: hangUp.signal };
  for (let begun = 1; begun <= 5; begun += 1) openScrape(proxy.port, URL, options).catch(() => {});
  await eventually(() => assert.deepEqual([small.requests.length, large.requests.length], [1, 4]));
  assert.equal((await scrape(proxy.port, URL)).status, 200);
  assert.equal(small.requests.length, 1);
});

test('an agent with two --proxy.url keeps a tunnel to each, and both list and reach everything', async (t) => {
  const exporter = await runExporter(t);
  const proxies = await Promise.all([runProxy(t), runProxy(t)]);
  const agent = await runAgent(t, { proxies: proxies.map(({ url }) => url), targets: [exporter.hostPort] });
  await Promise.all(proxies.map((proxy) => proxy.hasAgents(1)));
  const url = `http://client:${exporter.port}/metrics`;
  const [one, other] = proxies;
  assert.deepEqual(await discover(`${one.url}/sd`), await discover(`${other.url}/sd`));
  for (const { port } of proxies) assert.equal((await scrape(port, url)).status, 200);
  one.program.signal('SIGKILL');
  await one.program.ended;
  assert.equal((await scrape(other.port, url)).status, 200);
  await agent.isReady();
  await eventually(async () => {
    assert.equal(await agent.metric(`pullway_agent_tunnel_up{proxy="${one.url}"}`), 0);
    assert.equal(await agent.metric(`pullway_agent_tunnel_up{proxy="${other.url}"}`), 1);
  });
});

function isWaiting({ headers }: RunningExporter['requests'][number]): boolean {
  return headers['x-wait'] !== undefined;
}
