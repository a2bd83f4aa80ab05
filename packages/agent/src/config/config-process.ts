// Reads the configuration file in a process that ends then. The parsers and what they leave behind weigh some 12 MB, and an agent runs on
// every node: docs/decisions/009-the-file-is-read-elsewhere.md.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import { ConfigError, type Fault } from '@pullway/shared/config/faults';
import { LabelPattern } from '../discovery/relabel/label-pattern.ts';
import type { RelabelRule } from '../discovery/relabel/rule.ts';
import type { Environment } from './environment-text.ts';
import type { Job, LoadedJobs } from './job.ts';

/** What the other process writes, as V8 serialises it: of a pattern only its source comes across. */
export type ConfigAnswer = { readonly loaded: LoadedJobs } | { readonly faults: readonly Fault[] };

export interface ConfigProcess {
  /** The Node that runs it, and its flags. */
  readonly node: string;
  readonly flags: readonly string[];
  /** Some fields may refer to it. */
  readonly environment: Environment;
}

/** Longest that a file may take, in milliseconds: on a mount that hangs it would be waited for for ever, and every later reload with it. */
const MAX_READ_MS = 60_000;

/** Ending in `.ts` where Node runs the sources themselves. */
const PROGRAM = fileURLToPath(new URL(`config-program${extname(import.meta.url)}`, import.meta.url));

/**
 * The jobs in `file`, as loadConfigFile() gives them.
 * @throws ConfigError with every fault that was found, Error when there was no answer.
 */
export async function readConfigElsewhere(file: string, process: ConfigProcess): Promise<LoadedJobs> {
  await checkFile(file);
  const answer: ConfigAnswer = deserialize(await outputFor(file, process));
  if ('faults' in answer) throw new ConfigError(answer.faults);
  return { ...answer.loaded, jobs: answer.loaded.jobs.map(withPatterns) };
}

/** What is not there the other process tells, with all that it knows of the file. */
async function checkFile(file: string): Promise<void> {
  const status = await stat(file).catch(() => undefined);
  if (status?.isFile() === false) throw new ConfigError([{ message: 'is no file', file }]);
}

async function outputFor(file: string, { node, flags, environment }: ConfigProcess): Promise<Buffer> {
  // A second debugger would stop it for ever.
  const kept = flags.filter((flag) => !flag.startsWith('--inspect'));
  const child = spawn(node, [...kept, PROGRAM, file], {
    env: environment,
    // What it says of a fault of its own goes where the agent's goes, and its answer apart from that.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  // Not the option of spawn(), whose timer goes on where no process was started.
  const timer = setTimeout(() => void child.kill('SIGKILL'), MAX_READ_MS);
  const closed = once(child, 'close');
  const chunks: Buffer[] = [];
  // Without descriptors for its pipes (EMFILE) it has no `stdio` at all, and the error is told in the next turn.
  if (child.pid !== undefined) child.stdio[3]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code, signal]: readonly unknown[] = await closed.finally(() => clearTimeout(timer));
  if (code === 0) return Buffer.concat(chunks);
  throw new Error(`the process that reads ${file} ended with ${String(signal ?? code)}`);
}

function withPatterns({ relabelRules, ...job }: Job): Job {
  return Object.freeze({ ...job, relabelRules: relabelRules.map(withPattern) });
}

function withPattern(rule: RelabelRule): RelabelRule {
  return 'pattern' in rule ? { ...rule, pattern: new LabelPattern(rule.pattern.source) } : rule;
}
