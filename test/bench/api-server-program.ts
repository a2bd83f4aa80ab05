// A stand-in API server with a large cluster in which pods change all the time. A program of its own, so that its cost is nobody else's.
// `api-server-program.ts PODS NODES`; it writes its port to stdout. POST /changes?perSecond=N begins, /changes?perSecond=0 ends, and
// GET /truth names the pods that there are.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { StandInApiServer } from '../../packages/agent/test/support/api-server.ts';
import { nodeObject, podKey, podObject, serviceObject, serviceOf, sliceObject, type PodPlace } from './cluster.ts';

/** Every so many changes a pod is replaced by another; the others are changes of its labels. */
const REPLACED_EVERY = 5;

/** Changes come in steps of this, in milliseconds. */
const STEP_MS = 10;

const [pods = 5_000, nodes = 500] = process.argv.slice(2).map(Number);
const places: PodPlace[] = Array.from({ length: pods }, (_, index) => ({ index, life: 0, changedAtMs: 0 }));
const server = new StandInApiServer({ otherwise: answer });
let changes = 0;
let timer: NodeJS.Timeout | undefined;

for (let index = 0; index < nodes; index += 1) server.store.apply('nodes', nodeObject(index));
for (const place of places) server.store.apply('pods', podObject(place, nodes));
for (let service = 0; service <= serviceOf(pods - 1); service += 1) {
  server.store.apply('services', serviceObject(service));
  applySlice(service);
}
// Of what made the cluster nobody asks for a watch.
server.compact();
console.log(`port ${new URL(await server.listen()).port}`);

function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://api');
  if (pathname === '/changes') changePods(Number(searchParams.get('perSecond')));
  response.end(JSON.stringify({ changes, pods: places.map(podKey) }));
}

function changePods(perSecond: number): void {
  clearInterval(timer);
  if (perSecond === 0) return;
  const startedAt = performance.now();
  const before = changes;
  timer = setInterval(() => {
    const due = before + ((performance.now() - startedAt) * perSecond) / 1000;
    while (changes < due) changeOne();
  }, STEP_MS);
}

/** Scattered: pods that follow each other here are not behind one service. */
function changeOne(): void {
  changes += 1;
  const index = (changes * 1_009) % pods;
  const before = places[index];
  if (before === undefined) throw new Error('the places are numbered from 0');
  const isReplaced = changes % REPLACED_EVERY === 0;
  const place = { index, life: before.life + (isReplaced ? 1 : 0), changedAtMs: Date.now() };
  places[index] = place;
  const { namespace, name } = podKey(before);
  if (isReplaced) server.store.remove('pods', namespace, name);
  server.store.apply('pods', podObject(place, nodes));
  if (isReplaced) applySlice(serviceOf(index));
}

function applySlice(service: number): void {
  const members = places.filter(({ index }) => serviceOf(index) === service);
  server.store.apply('endpointslices', sliceObject(service, members, nodes));
}
