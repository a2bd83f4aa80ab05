// Certificates that live as long as a test: an authority, and what it signs for loopback. Made by the program openssl.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  /** For `ca_file`. */
  readonly caFile: string;
  readonly #openssl: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(openssl: string, folder: string, name: string) {
    this.#openssl = openssl;
    this.#folder = folder;
    this.#name = name;
    this.caFile = join(folder, `${name}.crt`);
  }

  get #keyFile(): string {
    return join(this.#folder, `${this.#name}.key`);
  }

  /** A certificate for `names` (`DNS:…` or `IP:…`), which is good for servers and clients. */
  async issue(file: string, names: readonly string[]): Promise<KeyPair> {
    const certFile = join(this.#folder, `${file}.crt`);
    const keyFile = join(this.#folder, `${file}.key`);
    await run(this.#openssl, [
      ...newCertificate(file, keyFile, certFile),
      `-CA=${this.caFile}`,
      `-CAkey=${this.#keyFile}`,
      `-addext=subjectAltName=${names.join(',')}`,
      '-addext=basicConstraints=critical,CA:FALSE',
    ]);
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return { certFile, keyFile, cert, key };
  }

  async found(): Promise<void> {
    await run(this.#openssl, newCertificate(this.#name, this.#keyFile, this.caFile));
  }
}

/** A new authority with its files in `folder`. */
export async function foundAuthority(openssl: string, folder: string, name = 'test-ca'): Promise<Authority> {
  const authority = new Authority(openssl, folder, name);
  await authority.found();
  return authority;
}

function newCertificate(name: string, keyFile: string, certFile: string): readonly string[] {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  return ['req', '-x509', ...key, '-subj', `/CN=${name}`, '-days', '2', '-out', certFile];
}
