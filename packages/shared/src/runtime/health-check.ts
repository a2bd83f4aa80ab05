// Asks a program of ours, from beside it in the same container, whether it is healthy: what HEALTHCHECK of the images runs.
// Where the program listens is told by its own flags and variables, so that nothing has to be said twice.

import { readFile } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parseFlags, type FlagTable, type FlagValues } from '../config/flags.ts';
import { formatHostPort, localHost, type ListenAddress } from '../config/listen-address.ts';

/** Shorter than the time-out of HEALTHCHECK, so that the reason is told, in milliseconds. */
const ANSWER_TIMEOUT_MS = 5_000;

/** What a container's first process was started with; an init before the program repeats the program's command line there. */
const FIRST_COMMAND_LINE = '/proc/1/cmdline';

export interface HealthEndpoint {
  readonly listen: ListenAddress;
  readonly path: string;
  /** Whether the listener may speak TLS; it is then tried first. */
  readonly mayBeTls: boolean;
}

export interface Health {
  readonly isHealthy: boolean;
  readonly message: string;
}

export interface CheckedProgram<Table extends FlagTable> {
  /** The path of its main file, as its command line has it. */
  readonly main: string;
  readonly flags: Table;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Tests have another file than /proc/1/cmdline. */
  readonly commandLineFile?: string;
}

/** The health of the program that runs as the first process here. Never rejects. */
export async function healthOf<Table extends FlagTable>(
  { main, flags, environment, commandLineFile = FIRST_COMMAND_LINE }: CheckedProgram<Table>,
  endpointOf: (flags: FlagValues<Table>) => HealthEndpoint,
): Promise<Health> {
  try {
    const args = argumentsOf(main, await readFile(commandLineFile, 'utf8'));
    return { isHealthy: true, message: await ask(endpointOf(parseFlags(flags, args, environment))) };
  } catch (error) {
    return { isHealthy: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** The arguments after `main`; none when the command line is that of another program, as with the process namespace of the host. */
function argumentsOf(main: string, commandLine: string): readonly string[] {
  const words = commandLine.replace(/\0$/, '').split('\0');
  const at = words.indexOf(main);
  return at === -1 ? [] : words.slice(at + 1);
}

/** @throws Error with the reason when the answer is not 200. */
async function ask({ listen, path, mayBeTls }: HealthEndpoint): Promise<string> {
  const host = localHost(listen.host);
  const where = formatHostPort(host, listen.port);
  const options = { host, port: listen.port, path, agent: false, timeout: ANSWER_TIMEOUT_MS };
  if (mayBeTls) {
    const answer = await askOverTls(options);
    if (answer === 'certificate_wanted') return `${where} takes only clients with a certificate, so it lives`;
    if (answer !== 'no_tls') return expectOk(answer, `https://${where}${path}`);
  }
  return expectOk(await statusOf(httpRequest(options)), `http://${where}${path}`);
}

/** The program is asked on the machine itself, whatever name its certificate has; nothing is sent that needs protection. */
async function askOverTls(options: RequestOptions): Promise<number | 'certificate_wanted' | 'no_tls'> {
  const request = httpsRequest({ ...options, rejectUnauthorized: false });
  let hasKeys = false;
  request.once('socket', (socket) => socket.once('keylog', () => (hasKeys = true)));
  try {
    return await statusOf(request);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EPROTO') return 'no_tls';
    // The event loop agreed on keys with us; then the listener looked for a certificate, which we have none of.
    if (code === 'ECONNRESET' && hasKeys) return 'certificate_wanted';
    throw error;
  }
}

/** The status of the answer. @throws Error when none comes in time. */
function statusOf(request: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    request.once('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)));
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });
}

function expectOk(status: number, url: string): string {
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  return `${url} answered 200`;
}
