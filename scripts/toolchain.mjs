// Brings Node 24, pnpm and the packages of the lock file to a machine that has only Node 20 and npm, and runs programs with them.
// Plain JavaScript for Node 20, since nothing is there yet when it starts. It knows nothing of what the programs are for.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_MAJOR = 24;
const BOOTSTRAP = ['--yes', '--loglevel=error', '--package=node@24', '--package=pnpm@12.21.0', '--'];
const BIN = join(ROOT, 'node_modules', '.bin');
const STAMP = join(ROOT, 'node_modules', '.pullway-installed');

/**
 * Installs what the lock file names, unless exactly that was installed before, and finds Node 24.
 * @returns {NodeJS.ProcessEnv} the environment in which the workspace's programs are to run
 */
export function prepareToolchain() {
  if (!isInstalled()) install();
  return { ...quietEnvironment(), PATH: [dirname(findNode()), BIN, process.env['PATH']].join(delimiter) };
}

/**
 * Runs `command` in the workspace with its output on this terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code; 128 when a signal ended it or it could not be started
 */
export function runProgram(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' });
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(128);
    });
    child.once('exit', (code) => resolve(code ?? 128));
  });
}

/** The stamp names the inputs of an install; a hand that deletes one of its folders is noticed as well. */
function isInstalled() {
  const folders = packageFolders().map((folder) => join(folder, 'node_modules'));
  return folders.every((folder) => existsSync(folder)) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputs();
}

function install() {
  const args = [...BOOTSTRAP, 'pnpm', 'install', '--frozen-lockfile'];
  const { status } = spawnSync('npx', args, { cwd: ROOT, env: quietEnvironment(), stdio: 'inherit' });
  if (status !== 0) throw new Error(`pnpm install failed with exit code ${status}`);
  writeFileSync(STAMP, inputs());
}

/** A digest of all that decides what an install yields. */
function inputs() {
  const files = packageFolders().map((folder) => join(folder, 'package.json'));
  const digest = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of [join(ROOT, 'pnpm-lock.yaml'), join(ROOT, 'pnpm-workspace.yaml'), ...files]) {
    digest.update(readFileSync(file));
  }
  return digest.digest('hex');
}

/** The folders of pnpm-workspace.yaml. */
function packageFolders() {
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name));
  return [ROOT, join(ROOT, 'test'), ...packages].filter((folder) => existsSync(join(folder, 'package.json')));
}

/** The Node 24 of the lock file where it runs (linux-x64, glibc), else our own, else the one that npm has for this machine. */
function findNode() {
  const installed = join(BIN, 'node');
  if (isRightNode(installed)) return installed;
  if (isRightNode(process.execPath)) return process.execPath;
  const args = [...BOOTSTRAP, 'node', '--print', 'process.execPath'];
  const { stdout } = spawnSync('npx', args, { encoding: 'utf8', env: quietEnvironment() });
  const brought = (stdout ?? '').trim();
  if (isRightNode(brought)) return brought;
  throw new Error(`no Node ${NODE_MAJOR} to be had; install it and run this again`);
}

/** @param {string} program */
function isRightNode(program) {
  const { stdout } = spawnSync(program, ['--print', 'process.versions.node'], { encoding: 'utf8' });
  return Number.parseInt(stdout ?? '', 10) >= NODE_MAJOR;
}

/**
 * `npm run` hands its own settings and the script's name down as npm_*; pnpm and a second npm take them for the user's and
 * warn or misbehave. What reaches a registry stays.
 */
function quietEnvironment() {
  const kept =
    /^npm_config_(?:registry|cafile|ca|strict_ssl|https?_proxy|proxy|noproxy|userconfig|globalconfig|cache)$/i;
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  return Object.fromEntries(entries);
}
