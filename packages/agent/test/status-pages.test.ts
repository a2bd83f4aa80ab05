import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError } from '@pullway/shared/config/faults';
import { StatusPages, type Page, type StatusSettings, type StatusSources } from '../src/status-pages.ts';
import { exporter, target } from './support/targets.ts';
import { uplinkStatus } from './support/uplink-status.ts';

function pages(sources: Partial<StatusSources> = {}, settings: Partial<StatusSettings> = {}): StatusPages {
  return new StatusPages(
    {
      identity: { name: 'client', cluster: 'eu' },
      version: '1.2.3',
      telemetryPath: '/metrics',
      isLifecycleEnabled: false,
      ...settings,
    },
    {
      uplinks: () => [uplinkStatus()],
      targets: () => [],
      droppedTargets: () => [],
      discoveries: () => [],
      metrics: () => Promise.resolve('up 1\n'),
      reload: () => Promise.resolve(),
      ...sources,
    },
  );
}

function textOf({ body }: Page): string {
  return typeof body === 'string' ? body : [...body].join('');
}

test('is healthy as long as it answers', async () => {
  assert.equal((await pages({ uplinks: () => [] }).find('GET', '/-/healthy')).status, 200);
});

test('is ready with one tunnel, and shows those that are missing', async () => {
  const refused = uplinkStatus({ proxy: 'http://other', isConnected: false, isRefused: true, detail: 'answered 401' });
  const ready = await pages({ uplinks: () => [uplinkStatus(), refused] }).find('GET', '/-/ready');
  assert.equal(ready.status, 200);
  assert.equal(
    ready.body,
    'The agent is ready.\nhttp://proxy:8080: connected, replica r1\nhttp://other: refused, answered 401\n',
  );
});

test('is not ready without a tunnel, and says why', async () => {
  const lost = uplinkStatus({ isConnected: false, detail: 'connect ECONNREFUSED' });
  const ready = await pages({ uplinks: () => [lost] }).find('GET', '/-/ready');
  assert.equal(ready.status, 503);
  assert.equal(ready.body, 'The agent has no tunnel.\nhttp://proxy:8080: not connected, connect ECONNREFUSED\n');
});

test('serves metrics at the path that was chosen', async () => {
  const chosen = pages({}, { telemetryPath: '/own' });
  assert.equal((await chosen.find('GET', '/own')).body, 'up 1\n');
  assert.equal((await chosen.find('GET', '/metrics')).status, 404);
});

test('lists its targets without their credentials', async () => {
  const secret = exporter({ credentials: { kind: 'basic', username: 'me', password: () => 'hidden' }, host: '::1' });
  const page = await pages({ targets: () => [target({ exporter: secret })] }).find('GET', '/api/v1/targets');
  assert.deepEqual(JSON.parse(textOf(page)), {
    status: 'success',
    data: {
      targets: [
        {
          address: 'client:9100',
          path: '/metrics',
          allowedPaths: [],
          passthrough: false,
          exporter: 'http://[::1]:9100',
          labels: { job: 'node' },
        },
      ],
      droppedTargets: [],
    },
  });
});

test('lists targets that were found and left out, a bounded number of them, by state', async () => {
  const left = { job: 'a', discoveredLabels: { __address__: 'a:1' }, fault: undefined };
  const lefts = Array.from({ length: 2_000 }, () => left);
  const some = pages({ targets: () => [target()], droppedTargets: () => lefts });
  const data = async (query: string) => {
    const page = await some.find('GET', '/api/v1/targets', query);
    return z.object({ data: z.record(z.string(), z.array(z.unknown())) }).parse(JSON.parse(textOf(page))).data;
  };
  const any = await data('');
  assert.deepEqual([any['targets']?.length, any['droppedTargets']?.length], [1, 1_000]);
  assert.deepEqual(any['droppedTargets']?.[0], { job: 'a', discoveredLabels: { __address__: 'a:1' } });
  assert.deepEqual(Object.keys(await data('state=active')), ['targets']);
  assert.deepEqual(Object.keys(await data('state=dropped')), ['droppedTargets']);
});

test('names what discovery cannot find, and is ready all the same', async () => {
  const status = { kind: 'kubernetes', role: 'pod', hasSynced: true, lastSyncTimestamp: 1, failures: 1 } as const;
  const faults = ['pods of namespace shop: status 403: no'];
  const page = await pages({ discoveries: () => [{ ...status, faults }] }).find('GET', '/-/ready');
  assert.equal(page.status, 200);
  assert.match(textOf(page), /^discovery kubernetes pod: pods of namespace shop: status 403: no$/m);
});

test('reloads only where that was enabled, and only by POST or PUT', async () => {
  assert.equal((await pages().find('POST', '/-/reload')).status, 403);
  const enabled = pages({}, { isLifecycleEnabled: true });
  assert.deepEqual(
    [(await enabled.find('GET', '/-/reload')).status, (await enabled.find('GET', '/-/reload')).allow],
    [405, 'POST, PUT'],
  );
  assert.equal((await enabled.find('POST', '/-/reload')).status, 200);
  assert.equal((await enabled.find('PUT', '/-/reload')).status, 200);
});

test('answers a reload with the faults of the file', async () => {
  const reload = (): Promise<void> =>
    Promise.reject(new ConfigError([{ file: 'agent.yml', line: 3, column: 1, message: 'unknown field x' }]));
  const page = await pages({ reload }, { isLifecycleEnabled: true }).find('POST', '/-/reload');
  assert.equal(page.status, 500);
  assert.match(textOf(page), /agent\.yml:3:1: unknown field x/);
});

test('refuses other methods and unknown paths', async () => {
  assert.deepEqual(
    [(await pages().find('POST', '/')).status, (await pages().find('POST', '/')).allow],
    [405, 'GET, HEAD'],
  );
  assert.equal((await pages().find('GET', '/nope')).status, 404);
  assert.equal((await pages().find('GET', '/__proto__')).status, 404);
});

test('links its pages, whatever its name', async () => {
  const page = await pages({}, { identity: { name: '<b>', cluster: '"' }, telemetryPath: '/m&m' }).find('GET', '/');
  assert.match(textOf(page), /href="\/m&amp;m"/);
  assert.doesNotMatch(textOf(page), /<b>/);
});
