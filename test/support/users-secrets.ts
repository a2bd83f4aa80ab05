// What the value files of the chart say that users have: certificates, passwords, tokens.

import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { readFile } from 'node:fs/promises';
import { foundAuthority } from './certificates.ts';
import { temporaryFolder } from './temporary-folder.ts';

const USERS_TOKEN = 'a-token-that-the-user-made';

/** By name of the Secret or ConfigMap, the files in it. */
export async function usersSecrets(
  test: TestContext,
  openssl: string,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const folder = await temporaryFolder(test);
  const authority = await foundAuthority(openssl, folder);
  const { cert, key } = await authority.issue('pullway', ['IP:127.0.0.1', 'DNS:localhost']);
  const ca = await readFile(authority.caFile, 'utf8');
  const tls = { 'tls.crt': cert, 'tls.key': key };
  const sha256 = createHash('sha256').update(USERS_TOKEN).digest('hex');
  return {
    'pullway-tokens': { 'agents.yml': `agent_tokens: [{name: all, sha256: ${sha256}}]\n` },
    'pullway-web': {
      'web.yml': 'basic_auth_users: {prometheus: $2y$10$JHE05lpZGDAvamq2amitUe.DwL5vTKibCO4zDkA8rJYhPkQOaXh9q}\n',
      'tunnel.yml': '',
    },
    'pullway-agent-token': { token: USERS_TOKEN },
    'pullway-web-tls': tls,
    'pullway-tunnel-tls': tls,
    'tunnel-web-tls': tls,
    'tunnel-tls': tls,
    'agent-client-certificate': tls,
    'scraper-authorities': { 'ca.crt': ca },
    'outbound-proxy': { url: 'http://user:secret@127.0.0.1:3128' },
    'database-password': { password: 'secret' },
    // In place of what the value file has for an authority.
    'tunnel-agent-ca': { 'ca.crt': ca },
  };
}
