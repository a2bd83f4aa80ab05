import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { inClusterServer, ownNamespace } from '../../../src/discovery/kubernetes/in-cluster.ts';

test('takes what Kubernetes gives each pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  assert.deepEqual(inClusterServer(environment), {
    scheme: 'https',
    host: 'fd00::1',
    port: 6443,
    basePath: '',
    tls: { caFile: `${folder}/ca.crt`, insecureSkipVerify: false },
    credentials: {
      kind: 'authorization',
      type: 'Bearer',
      credentials: { kind: 'file', file: `${folder}/token` },
    },
  });
});

test('says outside of a cluster what to do', () => {
  for (const environment of [
    {},
    { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: 'tcp' },
  ]) {
    assert.throws(() => inClusterServer(environment), {
      name: 'ConfigError',
      message: /set api_server or kubeconfig_file/,
    });
  }
});

test('knows its own namespace', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(ownNamespace(folder), { name: 'ConfigError', message: /own_namespace.*ENOENT/ });
  await writeFile(join(folder, 'namespace'), '');
  await assert.rejects(ownNamespace(folder), { name: 'ConfigError', message: /is empty/ });
  await writeFile(join(folder, 'namespace'), 'monitoring\n');
  assert.equal(await ownNamespace(folder), 'monitoring');
});
