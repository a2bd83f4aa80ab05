// Real load balancers at ports of 127.0.0.1: nginx and HAProxy with the configuration of a test. They know nothing of what they balance.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startProgram } from './child-program.ts';
import { listensAt } from './listening-program.ts';
import { endWith } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Starts `nginx` with `http`, what belongs into its http block. It ends with `test`; settles when it listens at `port`. */
export async function runNginx(test: TestContext, nginx: string, http: string, port: number): Promise<void> {
  const folder = await temporaryFolder(test);
  const configFile = join(folder, 'nginx.conf');
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  await writeFile(
    configFile,
    // One process, since a master that is killed leaves its workers behind.
    `master_process off; daemon off; pid nginx.pid; error_log stderr;
events {}
http { access_log off; ${scratch.join(' ')}
${http}
}
`,
  );
  const program = startProgram('nginx', nginx, ['-p', folder, '-c', configFile, '-e', 'stderr']);
  await listensAt(endWith(test, program), port);
}

/** Starts `haproxy` with the file `configuration`. It ends with `test`; settles when it listens at `port`. */
export async function runHaproxy(
  test: TestContext,
  haproxy: string,
  configuration: string,
  port: number,
): Promise<void> {
  const configFile = join(await temporaryFolder(test), 'haproxy.cfg');
  await writeFile(configFile, configuration);
  await listensAt(endWith(test, startProgram('haproxy', haproxy, ['-db', '-f', configFile])), port);
}
