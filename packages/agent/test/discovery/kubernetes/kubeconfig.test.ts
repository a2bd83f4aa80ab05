import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../../../shared/test/support/temporary-folder.ts';
import { readKubeconfig } from '../../../src/discovery/kubernetes/kubeconfig.ts';

interface Sections {
  readonly cluster?: string;
  readonly user?: string;
  readonly current?: string;
}

async function kubeconfig(t: TestContext, { cluster = '', user = '', current = 'main' }: Sections) {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'config');
  const text = `apiVersion: v1
kind: Config
preferences: {}
current-context: ${current}
contexts:
- {name: other, context: {cluster: nowhere, user: nobody}}
- {name: main, context: {cluster: lab, user: agent, namespace: shop}}
- {name: anonymous, context: {cluster: lab}}
- {name: ghost, context: {cluster: lab, user: ghost}}
clusters:
- name: lab
  cluster: {server: 'https://[fd00::1]:6443/k8s/clusters/c-1/'${cluster}}
users:
- name: agent
  user: {${user}}
`;
  await writeFile(file, text);
  return { folder, file };
}

test('reads server, authority and token of the current context', async (t) => {
  const { file, folder } = await kubeconfig(t, {
    cluster: ', certificate-authority: ca.pem, tls-server-name: kubernetes.default',
    user: 'token: secret',
  });
  assert.deepEqual(await readKubeconfig(file), {
    scheme: 'https',
    host: 'fd00::1',
    port: 6443,
    basePath: '/k8s/clusters/c-1',
    tls: {
      caFile: join(folder, 'ca.pem'),
      certFile: undefined,
      keyFile: undefined,
      serverName: 'kubernetes.default',
      insecureSkipVerify: false,
    },
    credentials: { kind: 'authorization', type: 'Bearer', credentials: { kind: 'inline', value: 'secret' } },
  });
});

test('takes data before files, and a file with a token before the token', async (t) => {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const { file } = await kubeconfig(t, {
    cluster: `, certificate-authority: ca.pem, certificate-authority-data: ${encode('CA')}, insecure-skip-tls-verify: true`,
    user: `token: old, tokenFile: /run/token, client-certificate: c.pem, client-certificate-data: ${encode('CERT')}, client-key-data: ${encode('KEY')}, client-key: ""`,
  });
  const { tls, credentials } = await readKubeconfig(file);
  assert.deepEqual(tls, { ca: 'CA', cert: 'CERT', key: 'KEY', serverName: undefined, insecureSkipVerify: true });
  assert.deepEqual(credentials, {
    kind: 'authorization',
    type: 'Bearer',
    credentials: { kind: 'file', file: '/run/token' },
  });
});

test('reads a user name with its password, and no user at all', async (t) => {
  const basic = await kubeconfig(t, { user: 'username: me, password: pass' });
  assert.deepEqual((await readKubeconfig(basic.file)).credentials, {
    kind: 'basic',
    username: 'me',
    password: { kind: 'inline', value: 'pass' },
  });
  const anonymous = await kubeconfig(t, { current: 'anonymous' });
  assert.deepEqual((await readKubeconfig(anonymous.file)).credentials, { kind: 'none' });
});

const FAULTS: readonly (Sections & { readonly message: RegExp })[] = [
  { user: 'exec: {command: aws}', message: /exec: the agent runs no credential plugins/ },
  { user: 'auth-provider: {name: gcp}', message: /auth-provider: not supported/ },
  { cluster: ', proxy-url: http://proxy:3128', message: /proxy-url: the agent reaches API servers directly/ },
  { current: 'main2', message: /there is no context main2/ },
  { current: 'other', message: /there is no cluster nowhere, which context other names/ },
  { current: 'ghost', message: /there is no user ghost, which context ghost names/ },
  { user: 'token: [1]', message: /:15:17: token: must be text/ },
];

for (const { message, ...sections } of FAULTS) {
  test(`refuses ${message.source}`, async (t) => {
    const { file } = await kubeconfig(t, sections);
    await assert.rejects(readKubeconfig(file), { name: 'ConfigError', message });
  });
}

test('names a file that is not there', async () => {
  await assert.rejects(readKubeconfig('/nowhere/config'), {
    name: 'ConfigError',
    message: /\/nowhere\/config.*ENOENT/,
  });
});
