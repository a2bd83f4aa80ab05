// What a request to the stand-in API server asks for.

import type { IncomingMessage } from 'node:http';
import { KINDS, type Choice, type KindName } from './api-server-store.ts';

export interface ApiCall extends Choice {
  readonly verb: 'list' | 'watch';
  readonly token: string | undefined;
  /** 0: all in one. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly allowsBookmarks: boolean;
  readonly timeoutS: number;
  /** Real ones indent for people: curl and browsers. */
  readonly isPretty: boolean;
  readonly userAgent: string;
}

/** What a real one takes when it is told none, in seconds; it draws lots between this and twice as much. */
const DEFAULT_TIMEOUT_S = 1800;

const PATH = /^(\/api\/v1|\/apis\/[a-z.0-9]+\/v1)(?:\/namespaces\/([^/]+))?\/([a-z]+)$/;

/** Undefined when it is neither a list nor a watch of a kind that is known. */
export function parseApiRequest({ url = '', headers }: IncomingMessage): ApiCall | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://api');
  const [, root, namespace = '', name = ''] = PATH.exec(pathname) ?? [];
  if (!isKind(name) || root !== rootOf(name)) return undefined;
  const userAgent = headers['user-agent'] ?? '';
  return {
    verb: ['1', 'true'].includes(query.get('watch') ?? '') ? 'watch' : 'list',
    resource: name,
    namespace: decodeURIComponent(namespace),
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    token: /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1],
    limit: Number(query.get('limit') ?? 0),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    allowsBookmarks: query.get('allowWatchBookmarks') === 'true',
    timeoutS: Number(query.get('timeoutSeconds') ?? DEFAULT_TIMEOUT_S),
    isPretty: query.get('pretty') === 'true' || /^(?:curl|Wget|Mozilla)\//.test(userAgent),
    userAgent,
  };
}

function isKind(name: string): name is KindName {
  return Object.hasOwn(KINDS, name);
}

function rootOf(name: KindName): string {
  const { apiVersion } = KINDS[name];
  return apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
}
