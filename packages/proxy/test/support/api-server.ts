// The API on a server of its own at 127.0.0.1, over a fleet on simulated links.

import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { Registry } from 'prom-client';
import type { ScraperAccess } from '../../src/access/scraper-access.ts';
import { Api } from '../../src/api/api.ts';
import { SdAnswers } from '../../src/api/sd-answers.ts';
import { FleetStand } from './fleet-stand.ts';

export interface ApiServerOptions {
  readonly prefix?: string;
  readonly access?: ScraperAccess;
  readonly isLifecycleEnabled?: boolean;
  readonly isStopping?: () => boolean;
  readonly reload?: () => Promise<void>;
  /** Leaves the warm-up as it is after a start. */
  readonly isCold?: boolean;
}

export interface ApiServer {
  readonly stand: FleetStand;
  readonly sdAnswers: string[];
  readonly request: (path: string, init?: RequestInit) => Promise<{ status: number; text: string; headers: Headers }>;
}

const noMetrics = { sdRebuilt: () => {}, sdListed: () => {} };

export async function serveApi(t: TestContext, options: ApiServerOptions = {}): Promise<ApiServer> {
  const stand = new FleetStand();
  if (options.isCold !== true) stand.clock.advance(60_000);
  const sdAnswers: string[] = [];
  const metrics = {
    ...noMetrics,
    sdAnswered: (status: number, bytes: number) => void sdAnswers.push(`${status} ${bytes}`),
  };
  const api = new Api({
    prefix: options.prefix ?? '',
    telemetryPath: '/metrics',
    access: options.access ?? { authenticate: () => 'granted' },
    headers: () => ({ 'Strict-Transport-Security': 'max-age=1' }),
    isLifecycleEnabled: options.isLifecycleEnabled ?? false,
    isStopping: options.isStopping ?? (() => false),
    reload: options.reload ?? (() => Promise.resolve()),
    registry: new Registry(),
    fleet: stand.fleet,
    list: stand.list,
    answers: new SdAnswers(stand.list, metrics, stand.clock),
    warmUp: stand.warmUp,
    metrics,
  });
  await api.start();
  const server = createServer((request, response) => api.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await api.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    stand,
    sdAnswers,
    request: async (path, init) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return { status: answer.status, text: await answer.text(), headers: answer.headers };
    },
  };
}
