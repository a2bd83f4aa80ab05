import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../src/config/job.ts';
import { parseTargetFlag } from '../../src/config/target-flag.ts';

function read(text: string, passthrough = false): Job {
  const parsed = parseTargetFlag(text, passthrough);
  assert.ok('job' in parsed, 'fault' in parsed ? parsed.fault : '');
  return parsed.job;
}

const flags = [
  { text: '127.0.0.1:9100', scheme: 'http', path: '/metrics', target: { __address__: '127.0.0.1:9100' } },
  { text: 'db', scheme: 'http', path: '/metrics', target: { __address__: 'db' } },
  { text: 'db:9187/pg', scheme: 'http', path: '/pg', target: { __address__: 'db:9187' } },
  { text: 'http://db:9187/pg', scheme: 'http', path: '/pg', target: { __address__: 'db:9187' } },
  { text: 'HTTPS://db', scheme: 'https', path: '/metrics', target: { __address__: 'db' } },
  { text: 'https://[::1]:9/', scheme: 'https', path: '/', target: { __address__: '[::1]:9' } },
  {
    text: 'mydb=https://10.0.0.7:9187/m',
    scheme: 'https',
    path: '/m',
    target: { __address__: '10.0.0.7:9187', __pullway_address__: 'mydb:80' },
  },
  {
    text: 'DB:9187=10.0.0.7:9187',
    scheme: 'http',
    path: '/metrics',
    target: { __address__: '10.0.0.7:9187', __pullway_address__: 'db:9187' },
  },
];

for (const { text, scheme, path, target } of flags) {
  test(`reads --target=${text}`, () => {
    const job = read(text);
    assert.deepEqual([job.name, job.scheme, job.metricsPath, job.passthrough], ['static', scheme, path, false]);
    assert.deepEqual(job.staticGroups, [{ source: 'flag', labels: {}, targets: [target] }]);
  });
}

test('takes the query as parameters, equals signs and all', () => {
  assert.deepEqual(read('http://b:9115/probe?module=http_2xx&target=a%3D1').params, {
    module: 'http_2xx',
    target: 'a=1',
  });
  assert.deepEqual(read('b:9115/probe?module=x').params, { module: 'x' });
});

test('reads --target.passthrough as https', () => {
  assert.deepEqual([read('10.0.0.7:10250', true).scheme, read('10.0.0.7:10250', true).passthrough], ['https', true]);
  assert.equal(
    read('api=https://10.0.0.7:6443/metrics', true).staticGroups[0]?.targets[0]?.['__pullway_address__'],
    'api:80',
  );
});

const faults = [
  ['', /no valid host/],
  ['ftp://a:1', /no valid host/],
  ['http://user:pass@a:1', /--config\.file/],
  ['a:1/x#y', /HOST:PORT/],
  ['a b=c:1', /no name/],
  ['a:99999', /no valid host/],
  ['::1', /an IPv6 address stands in brackets/],
  ['[::1]:0', /no port from 1 to 65535/],
  ['a:1/m?match[]=up', /central Prometheus/],
  ['a:1/m?x=1&x=2', /2 values/],
  ['a:1/m m', /ASCII/],
] as const;

for (const [text, fault] of faults) {
  test(`says what is wrong with --target=${JSON.stringify(text)}`, () => {
    const parsed = parseTargetFlag(text, false);
    assert.match('fault' in parsed ? parsed.fault : '', fault);
  });
}

test('refuses a passthrough target that speaks no TLS', () => {
  assert.deepEqual(parseTargetFlag('http://a:1', true), { fault: 'a passthrough target speaks https' });
});

test('tells no password of a target that is wrong', () => {
  const parsed = parseTargetFlag('ftp://admin:hunter2@a', false);
  assert.ok('fault' in parsed && !parsed.fault.includes('hunter2'));
});
