// What stands between a scraper and the exporter, or nothing.

import type { Body } from './body.ts';

export interface Hop {
  /** In the table. */
  readonly name: string;
  /** Its processes by role; `proxy` and `agent` have columns of their own. */
  readonly pids: Readonly<Partial<Record<'proxy' | 'agent', number>>>;
  /** Where a scraper connects at 127.0.0.1, and the request target with which it gets `body`. */
  route(body: Body): { readonly port: number; readonly url: string };
  stop(): Promise<unknown>;
}

/** The exporter itself. */
export function directHop(exporterPort: number): Hop {
  return {
    name: 'direct',
    pids: {},
    route: ({ name }) => ({ port: exporterPort, url: `http://127.0.0.1:${exporterPort}/${name}` }),
    stop: async () => {},
  };
}
