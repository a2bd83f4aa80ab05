// HAProxy as a plain reverse proxy before the exporter: what one hop costs that was tuned for twenty years, and does less.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../support/child-program.ts';
import { freePort } from '../support/free-port.ts';
import { findProgram } from '../support/real-program.ts';
import { until } from '../support/until.ts';
import type { Hop } from './hop.ts';

/** One thread, as our programs have one; undefined where there is no haproxy. */
export async function startHaproxy(exporterPort: number, folder: string): Promise<Hop | undefined> {
  const command = findProgram('haproxy');
  if (command === undefined) return undefined;
  const port = await freePort();
  const configFile = join(folder, 'haproxy.cfg');
  await writeFile(configFile, configuration(port, exporterPort));
  const program = startProgram('haproxy', command, ['-db', '-f', configFile]);
  await until('haproxy', () => isAnswering(port));
  return {
    name: 'HAProxy',
    pids: { proxy: program.pid },
    route: ({ name }) => ({ port, url: `http://127.0.0.1:${exporterPort}/${name}` }),
    stop: () => program.stop(),
  };
}

function configuration(port: number, exporterPort: number): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend web
  bind 127.0.0.1:${port}
  default_backend exporter
backend exporter
  server exporter 127.0.0.1:${exporterPort} maxconn 4096
`;
}

async function isAnswering(port: number): Promise<true | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/1k`);
  return answer.ok ? true : undefined;
}
