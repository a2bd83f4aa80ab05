import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, formatFault } from '@pullway/shared/config/faults';
import { errorMessage } from '@pullway/shared/runtime/logger';
import { loadConfigFile, parseConfigFile } from '../../src/config/config-file.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';

const FILES = join(import.meta.dirname, 'files');

async function faultsOf(name: string): Promise<readonly string[]> {
  const text = await readFile(join(FILES, name), 'utf8');
  try {
    parseConfigFile(text, name);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults.map(formatFault);
  }
  return assert.fail('no fault was found');
}

test('reads jobs as Prometheus writes them', async () => {
  const { jobs, files } = await loadConfigFile(join(FILES, 'full.good.yml'));
  const [node, kubelet, app, api] = jobs;
  assert.deepEqual(files, [join(FILES, 'full.good.yml')]);
  assert.deepEqual(node?.staticGroups, [
    {
      source: 'static/0',
      labels: { env: 'prod', __metrics_path__: '/special' },
      targets: [{ __address__: '127.0.0.1:9100' }, { __address__: 'db.internal' }],
    },
  ]);
  assert.deepEqual(
    [kubelet?.scheme, kubelet?.allowedPaths, kubelet?.params],
    ['https', ['/metrics/*'], { format: 'text' }],
  );
  assert.deepEqual([kubelet?.scrapeInterval, kubelet?.scrapeTimeout], ['1m', '20s']);
  assert.deepEqual(
    [kubelet?.tls.caFile, kubelet?.tls.serverName, kubelet?.tls.minVersion],
    ['/etc/ca.pem', 'kubelet', 'TLSv1.2'],
  );
  assert.equal(app?.name, 'app');
  assert.deepEqual(app.discoveries, [{ kind: 'file', files: [join(FILES, 'targets/*.yml'), '/etc/targets.json'] }]);
  assert.equal(app.relabelRules.length, 1);
  assert.deepEqual([api?.passthrough, api?.scheme], [true, 'https']);
});

test('looks for relative files beside the configuration file', async () => {
  const { jobs } = await loadConfigFile(join(FILES, 'full.good.yml'));
  const token = { kind: 'file', file: join(FILES, 'secrets/token') };
  assert.deepEqual(jobs[1]?.credentials, { kind: 'authorization', type: 'Bearer', credentials: token });
  const password = { kind: 'file', file: join(FILES, 'secrets/password') };
  assert.deepEqual(jobs[2]?.credentials, { kind: 'basic', username: 'me', password });
});

test('tells every fault with its line and column', async () => {
  assert.deepEqual(await faultsOf('faults.bad.yml'), [
    'faults.bad.yml:1:9: global: belongs to the configuration of the central Prometheus',
    'faults.bad.yml:4:5: unknown field honour_labels; did you mean honor_labels?',
    'faults.bad.yml:5:19: sample_limit: belongs to the scrape configuration of the central Prometheus, which evaluates it',
    'faults.bad.yml:6:36: role: must be one of pod, node, service, endpoints, endpointslice, ingress',
    'faults.bad.yml:7:24: consul_sd_configs: is not supported; the agent finds targets by static_configs, file_sd_configs and kubernetes_sd_configs',
    'faults.bad.yml:8:16: proxy_url: has no meaning here: the agent reaches exporters directly; set proxy_url at the central Prometheus, to Pullway',
    'faults.bad.yml:10:13: scheme: must be http or https',
    'faults.bad.yml:11:19: metrics_path: a path begins with /',
    'faults.bad.yml:14:25: match[]: cannot be part of a label name, and so not be announced; set it in params at the central Prometheus',
    'faults.bad.yml:16:19: targets: "http://a/b" is no host:port; write the path as metrics_path and https as scheme',
    'faults.bad.yml:17:31: __address__: follows from targets',
    'faults.bad.yml:18:17: tls_config: at most one of ca and ca_file can be set',
    'faults.bad.yml:18:17: tls_config: a certificate and its key can be set together only',
    'faults.bad.yml:19:17: basic_auth: at most one of username and username_file can be set',
    'faults.bad.yml:20:20: authorization: type cannot be Basic; write basic_auth',
    'faults.bad.yml:20:20: authorization: at most one of credentials and credentials_file can be set',
  ]);
});

test('tells fields that contradict each other', async () => {
  assert.deepEqual(await faultsOf('contradictions.bad.yml'), [
    'contradictions.bad.yml:4:20: authorization: at most one of basic_auth and authorization can be set',
    'contradictions.bad.yml:5:15: job_name: a names two jobs',
    'contradictions.bad.yml:7:13: scheme: is https for passthrough, where scrapers speak TLS with the exporter',
    'contradictions.bad.yml:8:20: allowed_paths: has no effect with passthrough: the agent sees bytes only; set it at the central Prometheus',
    'contradictions.bad.yml:9:17: tls_config: has no effect with passthrough: the agent sees bytes only; set it at the central Prometheus',
  ]);
});

// The log and the answer to a reload had the passwords of such files.
test('tells no password of a file that is wrong', () => {
  const texts = [
    'basic_auth: {username: a, password: *hunter2}',
    'basic_auth: {username: a, password: !hunter2 x}',
    'basic_auth: {username: a, password: !hunter2 {}}',
    'basic_auth: {username: a, password: "\\hunter2"}',
    'basic_auth: {username: a, password: @hunter2}',
    'basic_auth: {username: a, password: %hunter2}',
    'basic_auth: {username: a, password: {a: hunter2}}',
    'bearer_token: "x" hunter2',
    'authorization: {type: hunter2 hunter2}',
    'static_configs: [{targets: ["http://admin:hunter2@10.0.0.1/metrics"]}]',
    'kubernetes_sd_configs: [{role: pod, api_server: "admin:hunter2@10.0.0.1:6443"}]',
  ];
  for (const text of texts) {
    assert.throws(
      () => parseConfigFile(`scrape_configs:\n- {job_name: a, ${text}}\n`, 'agent.yml'),
      (error) => error instanceof ConfigError && !error.message.includes('hunter2') && /:2:\d+: /.test(error.message),
      text,
    );
  }
  const block = 'scrape_configs:\n- job_name: a\n  bearer_token: |hunter2\n    x\n';
  assert.throws(
    () => parseConfigFile(block, 'agent.yml'),
    (error) => error instanceof ConfigError && !error.message.includes('hunter2'),
  );
});

test('notes what a job has that does nothing in an agent, with its place', async (t) => {
  const file = join(await temporaryFolder(t), 'agent.yml');
  await writeFile(
    file,
    `scrape_configs:
  - job_name: kubernetes-pods
    honor_labels: true
  - {job_name: b, honor_labels: false}
  - {job_name: c, honor_labels: yes}
---
of: no use
`,
  );
  const { jobs, notes } = await loadConfigFile(file);
  assert.equal(jobs.length, 3);
  assert.deepEqual(notes.map(formatFault), [
    `${file}:3:19: job kubernetes-pods: honor_labels has no effect in an agent; set it in the job of the central Prometheus`,
    `${file}:5:33: job c: honor_labels has no effect in an agent; set it in the job of the central Prometheus`,
    `${file}:6:1: a second document begins here, and only the first one is read`,
  ]);
});

test('takes an empty file for one without jobs', () => {
  assert.deepEqual(parseConfigFile('', 'empty.yml'), { jobs: [], notes: [] });
  assert.deepEqual(parseConfigFile('scrape_configs: []', 'empty.yml').jobs, []);
});

test('reads user names from files, and has those watched', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'user'), 'me\n');
  await writeFile(
    join(folder, 'agent.yml'),
    'scrape_configs: [{job_name: a, basic_auth: {username_file: user, password: p}}]',
  );
  const { jobs, files } = await loadConfigFile(join(folder, 'agent.yml'));
  assert.deepEqual(jobs[0]?.credentials, { kind: 'basic', username: 'me', password: { kind: 'inline', value: 'p' } });
  assert.deepEqual(files, [join(folder, 'agent.yml'), join(folder, 'user')]);
});

test('tells that a file cannot be read', async (t) => {
  const folder = await temporaryFolder(t);
  // The reason was told twice in the log.
  await assert.rejects(
    loadConfigFile(join(folder, 'absent.yml')),
    (error) => error instanceof ConfigError && errorMessage(error).split('ENOENT').length === 2,
  );
  await writeFile(join(folder, 'agent.yml'), 'scrape_configs: [{job_name: a, basic_auth: {username_file: absent}}]');
  await assert.rejects(loadConfigFile(join(folder, 'agent.yml')), /ENOENT.*absent/);
});

// Labels had to be text in quotes, a regex and a replacement were numbers that YAML had read: 1.10 matched 1.1.
test('takes numbers and truth values for the text that they are written as, as Prometheus does', () => {
  const {
    jobs: [job],
  } = parseConfigFile(
    `scrape_configs:
      - job_name: 007
        params: {format: [1.0]}
        static_configs: [{targets: [9100], labels: {version: 1.10, on: yes, gone: ~}}]
        relabel_configs:
          - {source_labels: [version], regex: 1.10, separator: 0, target_label: a, replacement: 12345678901234567890}
          - {source_labels: [version], regex: ~, separator: ~, target_label: a, replacement: ~}`,
    'agent.yml',
  );
  assert.equal(job?.job_name, '007');
  assert.deepEqual(job.params, { format: ['1.0'] });
  assert.deepEqual(job.static_configs, [{ targets: ['9100'], labels: { version: '1.10', on: 'yes', gone: '' } }]);
  const [rule, empty] = job.relabel_configs ?? [];
  assert.ok(rule?.action === 'replace' && empty?.action === 'replace');
  assert.deepEqual(
    [rule.pattern.source, rule.source.separator, rule.replacement],
    ['1.10', '0', '12345678901234567890'],
  );
  // Not the defaults: a field without a value has the zero value in Go.
  assert.deepEqual([empty.pattern.source, empty.source.separator, empty.replacement], ['', '', '']);
});

test('takes an empty text for a field that is not there', () => {
  const {
    jobs: [job],
  } = parseConfigFile(
    `scrape_configs: [{job_name: a, bearer_token_file: "", bearer_token: "", scrape_interval: , metrics_path: "",
      tls_config: {ca_file: "", ca: x, cert: ""}, kubernetes_sd_configs: [{role: pod, kubeconfig_file: "", api_server: ""}]}]`,
    'agent.yml',
  );
  assert.deepEqual(
    [job?.bearer_token_file, job?.scrape_interval, job?.tls_config?.caFile],
    [undefined, undefined, undefined],
  );
  assert.equal(job?.kubernetes_sd_configs?.[0]?.access.kind, 'in-cluster');
});

const singleFaults = [
  ['file_sd_configs: [{files: []}]', /files: names no file/],
  ['file_sd_configs: [{files: [a.txt]}]', /files: is no name of a \.json/],
  ['file_sd_configs: [{files: ["a/*/b.yml"]}]', /its last part only/],
  ['relabel_configs: [{action: keep, regex: "("}]', /regex: .*is no RE2 expression/],
  ['relabel_configs: [{action: hashmod, target_label: a}]', /modulus: hashmod needs a modulus/],
  // Both were taken, and Prometheus refuses them.
  [
    'relabel_configs: [{action: keepequal, source_labels: [a], target_label: b, separator: ","}]',
    /separator: has no meaning with keepequal/,
  ],
  [
    'relabel_configs: [{action: dropequal, source_labels: [a], target_label: b, replacement: x}]',
    /replacement: has no meaning with dropequal/,
  ],
  ['static_configs: [{targets: [], labels: {"": x}}]', /a label needs a name/],
  ['static_configs: [{targets: [], labels: {__address__: x}}]', /__address__: follows from targets/],
  ['static_configs: [{targets: [], labels: {__scheme__: ftp}}]', /__scheme__: must be http or https/],
  ['static_configs: [{targets: [], labels: {__metrics_path__: "/x?y"}}]', /__metrics_path__: a path has no query/],
  // These were to be put in quotes, which does not help.
  ['file_sd_configs: [{files: [a.yml], refresh_interval: 10}]', /refresh_interval: must be a duration such as 5m/],
  [
    'relabel_configs: [{action: hashmod, target_label: a, modulus: 18446744073709551616}]',
    /whole number up to 18446744073709551615/,
  ],
  ['relabel_configs: [{action: hashmod, target_label: a, modulus: 1.5}]', /modulus: must be a whole number/],
  ['{scrape_interval: 10s, scrape_timeout: 20s}', /scrape_timeout: is longer than the scrape_interval of 10s/],
  ['scrape_interval: 0s', /scrape_interval: must be a duration above 0/],
  ['metrics_path: /a*', /metrics_path: .*allowed_paths/],
  ['allowed_paths: [/a*b]', /only the last character/],
  ['params: {a: [x, y]}', /a: has 2 values/],
  ['basic_auth: {username: "a:b"}', /no colon/],
  ['authorization: {type: "a b", credentials: x}', /type: must be one word/],
  ['tls_config: {min_version: TLS13, max_version: TLS12}', /min_version is above max_version/],
  ['tls_config: {min_version: SSL3}', /min_version: must be one of TLS10/],
] as const;

for (const [fields, fault] of singleFaults) {
  test(`refuses a job with ${fields}`, () => {
    const text = fields.startsWith('{') ? fields.slice(1, -1) : fields;
    assert.throws(() => parseConfigFile(`scrape_configs: [{job_name: a, ${text}}]`, 'agent.yml'), fault);
  });
}
