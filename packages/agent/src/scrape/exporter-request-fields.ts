// The header fields of a request to an exporter: what the scraper sent, without what is the agent's to say.

import type { HeaderFields } from '@pullway/shared/protocol/frames';
import type { Credentials } from '../targets/target.ts';

/** Host is the exporter's own name; Content-Length and Expect belong to a body that there is none of; the timeout is what is left. */
const REPLACED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'x-prometheus-scrape-timeout-seconds',
]);

/** `authorization` is the job's own; only without one the scraper's passes. */
export function exporterRequestFields(
  fields: HeaderFields,
  authorization: string | undefined,
  deadlineMs: number,
): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const lower = name.toLowerCase();
    if (REPLACED.has(lower) || (authorization !== undefined && lower === 'authorization')) continue;
    kept.push(name, fields[i + 1] ?? '');
  }
  kept.push('X-Prometheus-Scrape-Timeout-Seconds', String(deadlineMs / 1000));
  if (authorization !== undefined) kept.push('Authorization', authorization);
  return kept;
}

/** The Authorization field of a job's credentials; read anew each time, since secrets in files change. @throws when a file cannot be read. */
export function authorizationOf(credentials: Credentials): string | undefined | Promise<string> {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return mapSecret(credentials.password(), (password) => basic(credentials.username, password));
    case 'authorization':
      return mapSecret(credentials.credentials(), (secret) => `${credentials.type} ${secret}`);
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function mapSecret(secret: string | Promise<string>, map: (secret: string) => string): string | Promise<string> {
  return typeof secret === 'string' ? map(secret) : secret.then(map);
}
