import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigFile } from '../../src/config/config-file.ts';
import type { Job } from '../../src/config/job.ts';
import {
  describeTarget,
  findIn,
  readDefaultText,
  readJobs,
  type FoundTarget,
  type RawObjects,
} from '../support/default-configuration.ts';

interface PodFields {
  readonly ip?: string;
  readonly phase?: string;
  readonly ports?: readonly number[];
  readonly annotations?: Readonly<Record<string, string>>;
}

const SCRAPED = { 'prometheus.io/scrape': 'true' };
const HOST = { __metrics_path__: '/metrics' };

/** Labels of Kubernetes that would pass for another job, cluster or instance: the dashboards of others would show them. */
const LIES = { job: 'pullway-agent', cluster: 'prod-us', instance: 'q', node: 'a-lie' };
const LABELS = { app: 'web', ...LIES };

function pod({ ip = '10.1.0.7', phase = 'Running', ports = [8080], annotations = SCRAPED }: PodFields): RawObjects {
  const containerPorts = ports.map((port) => ({ containerPort: port, protocol: 'TCP' }));
  const raw = {
    metadata: { name: 'web-1', namespace: 'shop', labels: LABELS, annotations },
    spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'i:1', ports: containerPorts }] },
    status: { phase, podIP: ip, podIPs: [{ ip }], hostIP: '10.0.0.1' },
  };
  return { pods: [raw] };
}

const WORKER = {
  metadata: { name: 'worker-1', labels: { 'topology.kubernetes.io/zone': 'eu-1a', ...LIES } },
  status: {
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  },
};

async function jobNamed(name: string): Promise<Job> {
  const job = (await readJobs()).find((job) => job.name === name);
  return job ?? assert.fail(`there is no job ${name}`);
}

async function found(jobName: string, objects: RawObjects): Promise<readonly FoundTarget[]> {
  return findIn(objects, await jobNamed(jobName)).map(describeTarget);
}

const POD_LABELS = { ...HOST, job: 'kubernetes-pods', namespace: 'shop', pod: 'web-1', node: 'worker-1', app: 'web' };

test('scrapes each port of a pod that asks for it, and labels it by what Kubernetes says rather than by its own labels', async () => {
  const targets = await found('kubernetes-pods', pod({ ports: [8080, 9090] }));
  assert.deepEqual(targets, [
    {
      address: 'web-1.shop.pod.prod-eu:8080',
      exporter: 'http://10.1.0.7:8080',
      path: '/metrics',
      labels: POD_LABELS,
    },
    {
      address: 'web-1.shop.pod.prod-eu:9090',
      exporter: 'http://10.1.0.7:9090',
      path: '/metrics',
      labels: POD_LABELS,
    },
  ]);
});

test('does what the other annotations of a pod say', async () => {
  const annotations = {
    ...SCRAPED,
    'prometheus.io/scheme': 'https',
    'prometheus.io/path': '/probe',
    'prometheus.io/port': '9115',
    'prometheus.io/param-module': 'http_2xx',
  };
  const [target] = await found('kubernetes-pods', pod({ annotations }));
  assert.deepEqual(target, {
    address: 'web-1.shop.pod.prod-eu:9115',
    exporter: 'https://10.1.0.7:9115',
    path: '/probe',
    labels: { ...POD_LABELS, __metrics_path__: '/probe', __param_module: 'http_2xx' },
  });
});

const addresses: readonly (readonly [what: string, fields: PodFields, exporter: string])[] = [
  ['IPv4 with a declared port', {}, 'http://10.1.0.7:8080'],
  ['IPv6 with a declared port', { ip: 'fd00::7' }, 'http://[fd00::7]:8080'],
  ['IPv4 with an annotated port', { ports: [] }, 'http://10.1.0.7:9000'],
  ['IPv6 with an annotated port', { ip: 'fd00::7', ports: [] }, 'http://[fd00::7]:9000'],
  ['IPv6 that ends in ::', { ip: 'fd00:1::', ports: [] }, 'http://[fd00:1::]:9000'],
];

for (const [what, fields, exporter] of addresses) {
  test(`reaches a pod by ${what}`, async () => {
    const annotations = fields.ports === undefined ? SCRAPED : { ...SCRAPED, 'prometheus.io/port': '9000' };
    const targets = await found('kubernetes-pods', pod({ ...fields, annotations }));
    assert.deepEqual(
      targets.map((target) => target.exporter),
      [exporter],
    );
  });
}

const leftOut: readonly (readonly [what: string, fields: PodFields])[] = [
  ['that asks for nothing', { annotations: {} }],
  ['that does not want to be scraped', { annotations: { 'prometheus.io/scrape': 'false' } }],
  ...['Pending', 'Succeeded', 'Failed', 'Completed'].map((phase) => [`in phase ${phase}`, { phase }] as const),
];

for (const [what, fields] of leftOut) {
  test(`leaves out a pod ${what}`, async () => {
    assert.deepEqual(await found('kubernetes-pods', pod(fields)), []);
  });
}

test('ignores a scheme and a port that are none', async () => {
  const annotations = { ...SCRAPED, 'prometheus.io/scheme': 'ftp', 'prometheus.io/port': '80/exec' };
  const [target] = await found('kubernetes-pods', pod({ annotations }));
  assert.equal(target?.exporter, 'http://10.1.0.7:8080');
});

const KUBELET_PATHS = {
  'kubernetes-nodes': '/metrics',
  'kubernetes-nodes-cadvisor': '/metrics/cadvisor',
  'kubernetes-nodes-probes': '/metrics/probes',
};

for (const [job, path] of Object.entries(KUBELET_PATHS)) {
  test(`scrapes ${path} of each kubelet with the token of the service account`, async () => {
    const targets = findIn({ nodes: [WORKER] }, await jobNamed(job));
    assert.deepEqual(targets.map(describeTarget), [
      {
        address: 'worker-1.node.prod-eu:10250',
        exporter: 'https://10.0.0.1:10250',
        path,
        labels: {
          __metrics_path__: path,
          job,
          node: 'worker-1',
          instance: 'worker-1',
          topology_kubernetes_io_zone: 'eu-1a',
        },
      },
    ]);
    assert.deepEqual(targets[0]?.allowedPaths, []);
    assert.equal(targets[0]?.exporter.credentials.kind, 'authorization');
  });
}

function service(annotations: Readonly<Record<string, string>>, address = '10.1.0.7'): RawObjects {
  const { pods = [] } = pod({ annotations: {} });
  return {
    pods,
    services: [{ metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front', ...LIES }, annotations } }],
    slices: [
      {
        metadata: { name: 'web-abc', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: address.includes(':') ? 'IPv6' : 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: [
          {
            addresses: [address],
            nodeName: 'worker-1',
            targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
          },
        ],
      },
    ],
  };
}

test('scrapes what stands behind a service that asks for it', async () => {
  const annotations = {
    ...SCRAPED,
    'prometheus.io/scheme': 'https',
    'prometheus.io/path': '/stats',
    'prometheus.io/port': '9102',
    'prometheus.io/param-format': 'prometheus',
  };
  const [target, ...others] = await found('kubernetes-service-endpoints', service(annotations));
  assert.deepEqual(others, []);
  assert.deepEqual(target, {
    address: 'web-1.shop.pod.prod-eu:9102',
    exporter: 'https://10.1.0.7:9102',
    path: '/stats',
    labels: {
      __metrics_path__: '/stats',
      __param_format: 'prometheus',
      job: 'kubernetes-service-endpoints',
      namespace: 'shop',
      service: 'web',
      pod: 'web-1',
      node: 'worker-1',
      tier: 'front',
    },
  });
});

test('reaches what stands behind a service by IPv6 too', async () => {
  const declared = await found('kubernetes-service-endpoints', service(SCRAPED, 'fd00::7'));
  assert.equal(declared[0]?.exporter, 'http://[fd00::7]:8080');
  const annotated = service({ ...SCRAPED, 'prometheus.io/port': '9102' }, 'fd00::7');
  assert.equal((await found('kubernetes-service-endpoints', annotated))[0]?.exporter, 'http://[fd00::7]:9102');
});

test('leaves out services that ask for nothing', async () => {
  assert.deepEqual(await found('kubernetes-service-endpoints', service({})), []);
});

test('scrapes each API server by its own address, verified by the name that all have', async () => {
  const slice = {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.0.0.2', '10.0.0.3'] }],
  };
  const services = [{ metadata: { name: 'kubernetes', namespace: 'default' } }];
  const targets = findIn({ services, slices: [slice] }, await jobNamed('kubernetes-api-servers'));
  assert.deepEqual(
    targets.map((target) => describeTarget(target).exporter),
    ['https://10.0.0.2:6443', 'https://10.0.0.3:6443'],
  );
  assert.equal(targets[0]?.exporter.tls.serverName, 'kubernetes.default.svc');
  assert.equal(targets[0]?.exporter.tls.insecureSkipVerify, false);
});

test('has no credentials where annotations decide what is asked of whom', async () => {
  for (const name of ['kubernetes-pods', 'kubernetes-service-endpoints']) {
    assert.equal((await jobNamed(name)).credentials.kind, 'none', name);
  }
});

test('takes another prefix of annotations by search and replace', async () => {
  const text = (await readDefaultText()).replaceAll('prometheus_io_', 'metrics_example_com_');
  const {
    jobs: [fields],
  } = parseConfigFile(text, 'kubernetes.yml');
  const job = { ...(await jobNamed('kubernetes-pods')), relabelRules: fields?.relabel_configs ?? [] };
  const annotations = { 'metrics.example.com/scrape': 'true', 'metrics.example.com/port': '9000' };
  assert.equal(findIn(pod({ annotations }), job).map(describeTarget)[0]?.exporter, 'http://10.1.0.7:9000');
  assert.deepEqual(findIn(pod({}), job), []);
});
