// Lists of the stand-in API server, page by page: all pages of one list show the state of the first.

import { KINDS, type ApiServerStore, type KubernetesObject } from './api-server-store.ts';
import type { ApiCall } from './api-server-requests.ts';

interface Snapshot {
  readonly version: number;
  readonly objects: readonly KubernetesObject[];
}

/** What pages are still to be read from, by resourceVersion and choice. */
export type PageSnapshots = Map<string, Snapshot>;

type Page =
  | { readonly kind: 'page'; readonly body: object }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

export function readPage(store: ApiServerStore, snapshots: PageSnapshots, call: ApiCall): Page {
  const place = call.continueToken === '' ? { version: store.version, start: 0 } : parseToken(call.continueToken);
  if (place === undefined) {
    return { kind: 'refused', status: 400, message: 'invalid continue token: continue key is not valid' };
  }
  const key = `${place.version} ${call.resource} ${call.namespace} ${call.labelSelector} ${call.fieldSelector}`;
  if (call.continueToken === '') snapshots.set(key, { version: store.version, objects: store.list(call) });
  const snapshot = snapshots.get(key);
  if (snapshot === undefined) return { kind: 'refused', status: 410, message: EXPIRED };
  const end = call.limit === 0 ? snapshot.objects.length : Math.min(snapshot.objects.length, place.start + call.limit);
  const left = snapshot.objects.length - end;
  if (left === 0) snapshots.delete(key);
  const { kind, apiVersion } = KINDS[call.resource];
  const hasSelector = call.labelSelector !== '' || call.fieldSelector !== '';
  const metadata = {
    resourceVersion: String(snapshot.version),
    ...(left === 0 ? {} : { continue: formatToken(snapshot.version, end) }),
    ...(left === 0 || hasSelector ? {} : { remainingItemCount: left }),
  };
  return {
    kind: 'page',
    body: { kind: `${kind}List`, apiVersion, metadata, items: snapshot.objects.slice(place.start, end) },
  };
}

function formatToken(version: number, start: number): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: String(start) })).toString('base64url');
}

function parseToken(token: string): { version: number; start: number } | undefined {
  const [, version, start] = /"rv":(\d+),"start":"(\d+)"/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return version === undefined ? undefined : { version: Number(version), start: Number(start) };
}
