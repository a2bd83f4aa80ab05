// A configuration as outside of a trial: TLS, a token for the agent, a user for the scraper, in one folder for both programs.

import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { foundAuthority } from './certificates.ts';

/** Of the user prometheus, who is the only one that may scrape. */
export const PASSWORD = 'correct horse';

const WEB_CONFIGURATION = `tls_server_config:
  cert_file: proxy.crt
  key_file: proxy.key
basic_auth_users:
  prometheus: $2b$05$7JwtfXW5Ytrsl.SDZ1nuXu4Gm.rTk.uVEpysaIYl056UubHHEEHfG
`;

export interface ScrapeOverTls {
  /** Of the proxy, at 127.0.0.1. */
  readonly port: number;
  readonly ca: string;
  /** Of the target, by its address. */
  readonly url: string;
  readonly password: string;
}

/**
 * Fills `folder` with web.yml and proxy.yml of a proxy at 127.0.0.1, and ca.crt and token of its agents, which everybody may read.
 * @returns the certificate of the authority
 */
export async function writeSecureConfiguration(openssl: string, folder: string): Promise<string> {
  const authority = await foundAuthority(openssl, folder, 'ca');
  await authority.issue('proxy', ['IP:127.0.0.1']);
  const token = randomBytes(32).toString('hex');
  const sha256 = createHash('sha256').update(token).digest('hex');
  await writeFile(join(folder, 'token'), `${token}\n`);
  await writeFile(join(folder, 'proxy.yml'), `agent_tokens:\n  - name: test\n    sha256: '${sha256}'\n`);
  await writeFile(join(folder, 'web.yml'), WEB_CONFIGURATION);
  await chmod(folder, 0o755);
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);
  return readFile(authority.caFile, 'utf8');
}

/** One scrape as Prometheus sends it to a proxy whose URL is https. */
export function scrapeOverTls({ port, ca, url, password }: ScrapeOverTls): Promise<{ status: number; body: string }> {
  const credentials = Buffer.from(`prometheus:${password}`).toString('base64');
  const headers = { 'Proxy-Authorization': `Basic ${credentials}` };
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, ca, path: url, headers, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}
