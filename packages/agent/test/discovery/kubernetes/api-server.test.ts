import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiServerAt } from '../../../src/discovery/kubernetes/api-server.ts';
import { NO_TLS_SETTINGS } from '../../../src/targets/exporters.ts';

const ACCESS = { tls: NO_TLS_SETTINGS, credentials: { kind: 'none' } } as const;

function place(url: string): readonly unknown[] {
  const { scheme, host, port, basePath } = apiServerAt(url, ACCESS);
  return [scheme, host, port, basePath];
}

test('takes a URL apart', () => {
  assert.deepEqual(place('https://api.example.test'), ['https', 'api.example.test', 443, '']);
  assert.deepEqual(place('http://10.0.0.1/'), ['http', '10.0.0.1', 80, '']);
  assert.deepEqual(place('https://[fd00::1]:6443/k8s/c-1/'), ['https', 'fd00::1', 6443, '/k8s/c-1']);
});

test('refuses what is no such URL, without telling a password', () => {
  for (const url of ['api:6443', 'ftp://api', '']) {
    assert.throws(() => apiServerAt(url, ACCESS), { name: 'ConfigError', message: /is no URL that begins with/ });
  }
  for (const url of [
    'me:hunter2@api:6443',
    'ftp://me:hunter2@api',
    'https://me:hunter2@api',
    'https://api/?a=hunter2',
    'https://api/#hunter2',
  ]) {
    assert.throws(
      () => apiServerAt(url, ACCESS),
      (error: Error) => !error.message.includes('hunter2'),
    );
  }
});
