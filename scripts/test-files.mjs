// Runs test files under node:test and counts what came of them. It knows no test; the lists of files come from outside.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from './toolchain.mjs';

/** @typedef {import('./result-reporter.mjs').TestResult} TestResult */

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {readonly { name: string, reason: string }[]} skipped
 */

const REPORTER = join(ROOT, 'scripts', 'result-reporter.mjs');

/** One test: the slowest waits 35 s for a dead tunnel and moves 300 MB. */
const TEST_TIMEOUT_MS = 180_000;

/** A file whose tests are over but that does not end has left something open; node:test would wait for it for ever. */
const SILENCE_LIMIT_MS = 240_000;
const SILENCE_CHECK_MS = 2_000;

/**
 * Runs `files`, `concurrency` of them at a time.
 * @param {readonly string[]} files
 * @param {{ concurrency: number, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<Counts>} at least one failure when the runner itself failed
 */
export async function runTestFiles(files, { concurrency, env }) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: [] };
  const folder = mkdtempSync(join(tmpdir(), 'pullway-tests-'));
  const resultFile = join(folder, 'results.jsonl');
  try {
    const runner = startRunner([...runnerOptions(resultFile, concurrency), ...files], env);
    const exitCode = await runnerEnd(runner, files, resultFile);
    return counts(readResults(resultFile), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} resultFile
 * @param {number} concurrency
 */
function runnerOptions(resultFile, concurrency) {
  return [
    '--conditions=source',
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${REPORTER}`,
    `--test-reporter-destination=${resultFile}`,
  ];
}

/**
 * The runner gets a process group of its own, so that its end is the end of every program that the tests have started.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function startRunner(args, env) {
  return spawn('node', args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
}

/**
 * Waits for the runner, and ends it with Ctrl-C or when it is stuck.
 * @param {import('node:child_process').ChildProcess} runner
 * @param {readonly string[]} files
 * @param {string} resultFile
 * @returns {Promise<number>} the exit code; 128 when it was ended
 */
async function runnerEnd(runner, files, resultFile) {
  const interrupt = () => {
    endGroup(runner);
    process.exit(130);
  };
  const watch = setInterval(() => {
    if (Date.now() - lastResultAt(resultFile) < SILENCE_LIMIT_MS) return;
    const stuck = firstOpenFile(files, readResults(resultFile));
    console.error(`no result for ${SILENCE_LIMIT_MS / 1000} s; the runner waits for ${stuck}`);
    endGroup(runner);
  }, SILENCE_CHECK_MS);
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await new Promise((resolve) => {
      runner.once('error', () => resolve(128)).once('exit', (code) => resolve(code ?? 128));
    });
  } finally {
    endGroup(runner);
    clearInterval(watch);
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/**
 * Kills the runner and whatever its tests have left running.
 * @param {import('node:child_process').ChildProcess} runner
 */
function endGroup(runner) {
  if (runner.pid === undefined) return;
  try {
    process.kill(-runner.pid, 'SIGKILL');
  } catch {
    // None of the group is left.
  }
}

/** @param {string} resultFile */
function lastResultAt(resultFile) {
  return statSync(resultFile, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

/**
 * The runner tells results in the order of the files, so that the first file that has not ended is the one it waits for.
 * A file that crashes has no end of its own; it is a failed test of that name.
 * @param {readonly string[]} files
 * @param {readonly TestResult[]} results
 */
function firstOpenFile(files, results) {
  const ended = results.filter(({ outcome, name, file }) => outcome === 'file_ended' || file.endsWith(name));
  const paths = new Set(ended.map(({ file }) => file));
  return relative(ROOT, files.find((file) => !paths.has(file)) ?? ROOT);
}

/**
 * @param {string} resultFile
 * @returns {readonly TestResult[]}
 */
function readResults(resultFile) {
  if (statSync(resultFile, { throwIfNoEntry: false }) === undefined) return [];
  const lines = readFileSync(resultFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/**
 * @param {readonly TestResult[]} results
 * @param {number} exitCode
 * @returns {Counts}
 */
function counts(results, exitCode) {
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const skipped = results
    .filter(({ outcome }) => outcome === 'skipped')
    .map(({ name, reason, file }) => ({ name: `${relative(ROOT, file)}: ${name}`, reason }));
  return { passed, failed: exitCode === 0 ? failed : Math.max(failed, 1), skipped };
}
