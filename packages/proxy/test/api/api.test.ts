import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import type { ScraperAccess } from '../../src/access/scraper-access.ts';
import { announced } from '../support/fleet-stand.ts';
import { serveApi } from '../support/api-server.ts';

test('lists targets at /sd and /clients as JSON that is not compressed', async (t) => {
  const { stand, request } = await serveApi(t);
  stand.join({ name: 'client' }).announce(announced());
  for (const path of ['/sd', '/clients', '/sd?any=thing']) {
    const answer = await request(path, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.equal(answer.headers.get('content-encoding'), null);
    assert.equal(JSON.parse(answer.text)[0].targets[0], 'client:9100');
  }
});

test('answers an empty list when there is nothing', async (t) => {
  const { request } = await serveApi(t);
  assert.equal((await request('/sd')).text, '[]\n');
});

test('answers 503 with the time to wait until the fleet is known', async (t) => {
  const { stand, request, sdAnswers } = await serveApi(t, { isCold: true });
  stand.join().announce(announced());
  stand.clock.advance(4_500);
  const early = await request('/sd');
  assert.equal(early.status, 503);
  assert.equal(early.headers.get('retry-after'), '6');
  stand.clock.advance(6_000);
  assert.equal((await request('/sd')).status, 200);
  assert.match(sdAnswers.join(), /^503 0,200 \d+$/);
});

test('filters by query and leaves meta labels out on request', async (t) => {
  const { stand, request } = await serveApi(t);
  stand.join({ cluster: 'eu' }).announce(announced({ address: 'client.eu:9100' }));
  stand.join({ cluster: 'us' }).announce(announced({ address: 'client.us:9100' }));
  const { text } = await request('/sd?cluster=eu&meta=false');
  assert.deepEqual(JSON.parse(text), [
    {
      targets: ['client.eu:9100'],
      labels: { __metrics_path__: '/metrics', __scheme__: 'http', cluster: 'eu', job: 'node' },
    },
  ]);
});

test('answers HEAD like GET, without a body', async (t) => {
  const { stand, request } = await serveApi(t);
  stand.join().announce(announced());
  const get = await request('/sd');
  const head = await request('/sd', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal(head.headers.get('content-length'), String(get.text.length));
});

test('tells of agents, departed ones included', async (t) => {
  const { stand, request } = await serveApi(t);
  stand.join({ name: 'one' }).announce(announced());
  stand.join({ name: 'two' }).announce(announced()).vanish();
  const { status, data } = JSON.parse((await request('/api/v1/agents')).text);
  assert.equal(status, 'success');
  const states = data.agents.map(({ name, state, targets }: Record<string, unknown>) => [name, state, targets]);
  assert.deepEqual(states, [
    ['one', 'serving', 1],
    ['two', 'departed', 1],
  ]);
});

test('tells of targets, page by page', async (t) => {
  const { stand, request } = await serveApi(t);
  stand.join().announce(...[1, 2, 3, 4, 5].map((id) => announced({ id, address: `h${id}:80` })));
  const { data } = JSON.parse((await request('/api/v1/targets?limit=2&offset=2')).text);
  assert.equal(data.total, 5);
  const addresses = data.targets.map(({ address }: Record<string, unknown>) => address);
  assert.deepEqual(addresses, ['h3:80', 'h4:80']);
  assert.equal(data.targets[0].state, 'served');
  assert.equal((await request('/api/v1/targets?limit=-1')).status, 400);
});

test('is healthy at once, and ready until it stops; probes need no user', async (t) => {
  let isStopping = false;
  const access: ScraperAccess = { authenticate: () => 'refused' };
  const { request } = await serveApi(t, { isCold: true, access, isStopping: () => isStopping });
  assert.equal((await request('/-/healthy')).status, 200);
  const ready = await request('/-/ready');
  assert.equal(ready.status, 200);
  assert.match(ready.text, /waits for agents, 60s more/);
  isStopping = true;
  assert.equal((await request('/-/ready')).status, 503);
  assert.equal((await request('/-/healthy')).status, 200);
});

test('asks for user and password everywhere else', async (t) => {
  const asked: unknown[] = [];
  const authenticate = (field: string | undefined): Promise<'granted' | 'refused'> => {
    asked.push(field);
    return Promise.resolve(field === 'Basic good' ? 'granted' : 'refused');
  };
  const { request } = await serveApi(t, { access: { authenticate } });
  for (const path of ['/', '/sd', '/clients', '/metrics', '/api/v1/agents', '/nothing', '/-/healthy/../../sd']) {
    const answer = await request(path);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="pullway"');
  }
  assert.equal((await request('/sd', { headers: { authorization: 'Basic good' } })).status, 200);
});

test('reloads by POST and PUT where the life cycle API is enabled, and says what is wrong', async (t) => {
  const faults: Error[] = [];
  const reload = async (): Promise<void> => {
    for (const fault of faults) throw fault;
  };
  const { request } = await serveApi(t, { isLifecycleEnabled: true, reload });
  assert.equal((await request('/-/reload', { method: 'POST', body: 'x=y' })).status, 200);
  assert.equal((await request('/-/reload', { method: 'PUT' })).status, 200);
  const wrongMethod = await request('/-/reload');
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.text, 'Only POST or PUT requests allowed.\n');
  faults.push(new ConfigError([{ file: 'proxy.yml', line: 3, message: 'unknown field x' }]));
  const failed = await request('/-/reload', { method: 'POST' });
  assert.equal(failed.status, 400);
  assert.equal(failed.text, 'failed to reload: proxy.yml:3: unknown field x\n');
});

test('does not reload where the life cycle API is not enabled', async (t) => {
  const { request } = await serveApi(t, { reload: () => assert.fail('reloaded') });
  assert.equal((await request('/-/reload', { method: 'POST' })).status, 403);
});

test('has all paths below the route prefix', async (t) => {
  const { request } = await serveApi(t, { prefix: '/pullway' });
  assert.equal((await request('/pullway/-/healthy')).status, 200);
  assert.equal((await request('/pullway/sd')).status, 200);
  assert.equal((await request('/sd')).status, 404);
  assert.ok((await request('/pullway/')).text.includes('href="/pullway/sd"'));
});

test('sets headers for browsers, and those that are configured, on every answer', async (t) => {
  const { request } = await serveApi(t);
  for (const path of ['/', '/sd', '/nothing', '/-/healthy']) {
    const { headers } = await request(path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('strict-transport-security'), 'max-age=1');
  }
});

test('refuses what it does not know in plain text', async (t) => {
  const { request } = await serveApi(t);
  const answer = await request('/nothing');
  assert.equal(answer.status, 404);
  assert.equal(answer.text, 'not found\n');
  assert.equal((await request('/sd', { method: 'DELETE' })).status, 404);
  assert.equal((await request('/-/reload', { method: 'POST', body: 'x'.repeat(100_000) })).status, 413);
  assert.equal(
    (await request(`/sd?${'agent=a&'.repeat(5)}${Array.from({ length: 300 }, (_, i) => `job=${i}`).join('&')}`)).status,
    400,
  );
});
