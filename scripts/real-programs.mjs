// The real programs that tests and demo run beside ours, and how they come to a machine. The one place that lists them.
// It knows nothing of the tests; where a program is missing, they skip and say so.

import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Program and the Debian package that brings it; `prometheus` brings `promtool` too. */
const DEBIAN_PACKAGES = Object.freeze({
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  squid: 'squid',
  haproxy: 'haproxy',
  nginx: 'nginx-light',
  openssl: 'openssl',
  jsonnet: 'jsonnet',
  kubectl: 'kubernetes-client',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
  podman: 'podman',
  runc: 'runc',
});

/** Programs that no package of Debian brings, and the Go module that does. Where there is no Go, they stay missing. */
const GO_MODULES = Object.freeze({ helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0' });

/** Debian keeps servers, and Go what it builds, where the PATH of an ordinary user does not look. */
const OTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', join(homedir(), 'go', 'bin')];

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing, on Debian and as root only; elsewhere, and when that fails, it is left missing. */
export function installRealPrograms() {
  const packages = missing(DEBIAN_PACKAGES);
  const modules = isOnPath('go') ? missing(GO_MODULES) : [];
  if (packages.length + modules.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !isOnPath('apt-get')) {
    console.log(`not installed, and not for us to install: ${[...packages, ...modules].join(', ')}`);
    return;
  }
  console.log(`installing ${[...packages, ...modules].join(', ')}`);
  if (packages.length > 0) installPackages(packages);
  for (const module of modules) installModule(module);
}

/**
 * @param {Readonly<Record<string, string>>} sources what brings each program
 * @returns {readonly string[]} what brings those that are missing
 */
function missing(sources) {
  const absent = Object.entries(sources).filter(([program]) => !isOnPath(program));
  return [...new Set(absent.map(([, source]) => source))];
}

/** @param {readonly string[]} packages */
function installPackages(packages) {
  withoutServices(() => {
    aptGet(['update']);
    if (!aptGet(['install', '--yes', '--no-install-recommends', ...packages])) console.log('some were not to be had');
  });
}

/** @param {string} module */
function installModule(module) {
  const env = { ...process.env, GOBIN: join(homedir(), 'go', 'bin') };
  const { status, stderr } = spawnSync('go', ['install', module], { env, encoding: 'utf8' });
  if (status !== 0) console.error(`go install ${module}: ${stderr}`);
}

/** @param {string} program */
function isOnPath(program) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...OTHER_FOLDERS];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A package that is installed for its program must not start a server on this machine, which may be somebody's desk.
 * @param {() => void} act
 */
function withoutServices(act) {
  const isOurs = !existsSync(POLICY);
  if (isOurs) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    act();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

/**
 * @param {readonly string[]} args
 * @returns {boolean} whether it succeeded
 */
function aptGet(args) {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) console.error(`apt-get ${args[0]}: ${stderr || stdout}`);
  return status === 0;
}
