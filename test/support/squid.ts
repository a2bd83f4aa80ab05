// A real squid at a port of 127.0.0.1, as the way out of a cluster.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startProgram } from './child-program.ts';
import { freePort } from './free-port.ts';
import { listensAt } from './listening-program.ts';
import { endWith } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface RunningSquid {
  readonly url: string;
  /** What it logged of requests that are over. */
  readonly accessLog: () => Promise<string>;
}

/** Starts `squid`, which forwards for everybody and ends with `test`; settles when it listens. */
export async function runSquid(test: TestContext, squid: string): Promise<RunningSquid> {
  const folder = await temporaryFolder(test);
  // Started by root it becomes another user, who has to write here too.
  await chmod(folder, 0o777);
  const port = await freePort();
  const configFile = join(folder, 'squid.conf');
  const accessLog = join(folder, 'access.log');
  await writeFile(configFile, configuration(port, folder));
  const program = endWith(test, startProgram('squid', squid, ['-N', '-f', configFile]));
  await listensAt(program, port);
  return { url: `http://127.0.0.1:${port}`, accessLog: () => readFile(accessLog, 'utf8') };
}

function configuration(port: number, folder: string): string {
  return `http_port 127.0.0.1:${port}
http_access allow all
cache deny all
access_log stdio:${join(folder, 'access.log')}
cache_log ${join(folder, 'cache.log')}
coredump_dir ${folder}
pid_filename none
pinger_enable off
visible_hostname localhost
shutdown_lifetime 0 seconds
`;
}
