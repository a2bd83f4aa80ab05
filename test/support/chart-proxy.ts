// The proxy of a release, started as its pod would start it, and asked as the kubelet asks.

import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { TestContext } from 'node:test';
import type { IProbe } from 'kubernetes-models/v1/Probe';
import type { ChildProgram } from './child-program.ts';
import { programOf, startedPods, type Manifest } from './manifests.ts';
import { preparePod, type PodProgram, type PodSurroundings } from './pod-program.ts';
import { endWith } from './program.ts';
import { startProxy } from './pullway-programs.ts';

const LISTENING = /\bweb"?[=:]"?[^ ,]*:(\d+)"?[ ,]"?tunnel"?[=:]"?[^ ,]*:(\d+)/;
const START_TIMEOUT_MS = 30_000;

export interface ChartProxy {
  readonly pod: PodProgram;
  readonly program: ChildProgram;
  /** By the names that the container gives its ports. */
  readonly ports: Readonly<Record<string, number>>;
  /** The status with which `probe` is answered. */
  readonly probe: (probe: IProbe | undefined) => Promise<number>;
  readonly probes: { readonly liveness: IProbe | undefined; readonly readiness: IProbe | undefined };
}

/** Starts the (first) proxy of `manifests`; without its time to wait for agents. It ends with `test`. */
export async function startChartProxy(test: TestContext, surroundings: PodSurroundings): Promise<ChartProxy> {
  const started = proxyPod(surroundings.manifests);
  const { livenessProbe: liveness, readinessProbe: readiness } = programOf(started);
  const pod = await preparePod(test, started, surroundings);
  const program = endWith(test, startProxy([...pod.args, '--sd.warm-up=0s'], pod.env));
  const [, http, tunnel] = await program.outputMatching(LISTENING, START_TIMEOUT_MS);
  const ports = { http: Number(http), tunnel: Number(tunnel) };
  const probe = ({ httpGet }: IProbe = {}): Promise<number> =>
    askLikeKubelet(
      `${httpGet?.scheme?.toLowerCase() ?? 'http'}://127.0.0.1:${ports[httpGet?.port as 'http']}${httpGet?.path}`,
    );
  return { pod, program, ports, probe, probes: { liveness, readiness } };
}

function proxyPod(manifests: readonly Manifest[]) {
  const found = startedPods(manifests).find(
    ({ labels, matchLabels }) => matchLabels !== undefined && labels['app.kubernetes.io/component'] === 'proxy',
  );
  if (found === undefined) throw new Error('there is no proxy');
  return found;
}

/** The kubelet verifies no certificates, and has none. */
function askLikeKubelet(url: string): Promise<number> {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
