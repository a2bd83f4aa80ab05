// `npm test`: everything that must hold, from a clean clone on a machine with Node 20 and npm. All steps run even when one
// fails, so that one run tells all. `npm test -- STEP …` runs only the steps that are named. The last line counts the tests.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installRealPrograms } from './real-programs.mjs';
import { runTestFiles } from './test-files.mjs';
import { prepareToolchain, ROOT, runProgram } from './toolchain.mjs';

/** @typedef {import('./test-files.mjs').Counts} Counts */
/** @typedef {NodeJS.ProcessEnv} Environment */
/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Total */

/** In CI a test that cannot run is a fault, but not for want of a program that no package of the machine brings. */
const IS_CI = process.env['CI'] === 'true';
const EXCUSED_SKIP = /^needs Go\b/;

/** @type {Readonly<Record<string, (env: Environment) => Promise<Counts> | void>>} */
const STEPS = {
  programs: () => installRealPrograms(),
  build: (env) => check('tsc', ['--build'], env),
  format: (env) => check('oxfmt', ['--check', '.'], env),
  lint: (env) => check('oxlint', ['--type-aware', '--deny-warnings'], env),
  unused: (env) => check('knip', [], env),
  unit: (env) => runTestFiles(unitTests(), { concurrency: 2, env }),
  // One after the other: these measure delays, and each starts programs of its own.
  'end-to-end': (env) => runTestFiles(testFiles(join(ROOT, 'test')), { concurrency: 1, env }),
};

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} chosen
 * @returns {Promise<number>} the exit code
 */
async function main(chosen) {
  const unknown = chosen.filter((name) => !Object.hasOwn(STEPS, name));
  if (unknown.length > 0) {
    console.error(`unknown step ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}`);
    return 2;
  }
  /** @type {Total} */
  const total = { passed: 0, failed: 0, skipped: [] };
  try {
    await runSteps(chosen, total);
  } catch (error) {
    console.error(error);
    total.failed += 1;
  }
  return report(total);
}

/**
 * @param {readonly string[]} chosen none means all
 * @param {Total} total
 */
async function runSteps(chosen, total) {
  const env = prepareToolchain();
  for (const [name, step] of Object.entries(STEPS)) {
    if (chosen.length === 0 || chosen.includes(name)) add(total, await runStep(name, step, env));
  }
}

/**
 * @param {string} name
 * @param {(env: Environment) => Promise<Counts> | void} step
 * @param {Environment} env
 */
async function runStep(name, step, env) {
  console.log(`\n=== ${name}`);
  const startedAt = performance.now();
  const outcome = await step(env);
  console.log(`=== ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return outcome;
}

/**
 * A check that fails counts as one failed test; the line at the end would not be honest without it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Environment} env
 * @returns {Promise<Counts>}
 */
async function check(program, args, env) {
  const exitCode = await runProgram(program, args, env);
  if (exitCode !== 0) console.log(`${program} failed with exit code ${exitCode}`);
  return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: [] };
}

/**
 * @param {Total} total
 * @param {Counts | void} counts
 */
function add(total, counts) {
  if (counts === undefined) return;
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped.push(...counts.skipped);
}

/**
 * @param {Counts} total
 * @returns {number} the exit code
 */
function report({ passed, failed, skipped }) {
  const refused = IS_CI ? skipped.filter(({ reason }) => !EXCUSED_SKIP.test(reason)) : [];
  console.log('');
  for (const { name, reason } of skipped) console.log(`skipped: ${name} (${reason})`);
  if (refused.length > 0) console.log(`${refused.length} skipped of these count as failed, since this is CI`);
  const failures = failed + refused.length;
  console.log(`${passed} passed, ${failures} failed, ${skipped.length - refused.length} skipped`);
  return failures === 0 ? 0 : 1;
}

function unitTests() {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) => testFiles(join(ROOT, 'packages', name, 'test')));
}

/**
 * @param {string} folder
 * @returns {readonly string[]} its `*.test.ts`, in a stable order
 */
function testFiles(folder) {
  return readdirSafely(folder)
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .toSorted();
}

/** @param {string} folder */
function readdirSafely(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
