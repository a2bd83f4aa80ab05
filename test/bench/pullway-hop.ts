// The built proxy and agent as a hop.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foundAuthority } from '../support/certificates.ts';
import type { ChildProgram } from '../support/child-program.ts';
import { findProgram } from '../support/real-program.ts';
import { until } from '../support/until.ts';
import { BODIES } from './body.ts';
import type { Hop } from './hop.ts';
import { startOwnProgram } from './own-program.ts';

export interface PullwayHopOptions {
  readonly exporterPort: number;
  /** The tunnel runs over TLS, with masks of zero; otherwise in the clear, with random masks. Scrapers always come in the clear. */
  readonly isTls: boolean;
  /** For certificates. */
  readonly folder: string;
  /** Where CPU profiles of both programs go when they end. */
  readonly profileFolder: string | undefined;
}

/** Settles when a scrape went through the tunnel. */
export async function startPullway(options: PullwayHopOptions): Promise<Hop> {
  const tls = options.isTls ? await tunnelTls(options.folder) : { proxyFlags: [], agentFlags: [] };
  const proxy = await startOwnProgram(
    'proxy',
    ['--insecure', '--web.listen-address=127.0.0.1:0', '--tunnel.listen-address=127.0.0.1:0', ...tls.proxyFlags],
    options.profileFolder,
  );
  const [, webPort, tunnelPort] = await proxy.outputMatching(/msg=listening .*web=\S+:(\d+) tunnel=\S+:(\d+)/, 30_000);
  const agent = await startOwnProgram(
    'agent',
    [
      `--proxy.url=${options.isTls ? 'https' : 'http'}://127.0.0.1:${tunnelPort}`,
      '--agent.name=client',
      '--web.listen-address=127.0.0.1:0',
      ...BODIES.map(({ name }) => `--target=127.0.0.1:${options.exporterPort}/${name}`),
      ...tls.agentFlags,
    ],
    options.profileFolder,
  );
  const hop = pullwayHop(options, Number(webPort), { proxy, agent });
  await until('the agent', () => isAnnounced(webPort ?? ''), 30_000);
  return hop;
}

function pullwayHop(
  { exporterPort, isTls }: PullwayHopOptions,
  port: number,
  { proxy, agent }: Readonly<Record<'proxy' | 'agent', ChildProgram>>,
): Hop {
  return {
    name: isTls ? 'Pullway (wss)' : 'Pullway (ws)',
    pids: { proxy: proxy.pid, agent: agent.pid },
    route: ({ name }) => ({ port, url: `http://client:${exporterPort}/${name}` }),
    stop: async () => {
      await agent.stop();
      await proxy.stop();
    },
  };
}

async function tunnelTls(
  folder: string,
): Promise<{ readonly proxyFlags: readonly string[]; readonly agentFlags: readonly string[] }> {
  const openssl = findProgram('openssl');
  if (openssl === undefined) throw new Error('--tls needs openssl');
  await mkdir(folder, { recursive: true });
  const authority = await foundAuthority(openssl, folder);
  const { certFile, keyFile } = await authority.issue('tunnel', ['IP:127.0.0.1']);
  const configFile = join(folder, 'tunnel.yml');
  await writeFile(configFile, `tls_server_config:\n  cert_file: ${certFile}\n  key_file: ${keyFile}\n`);
  return {
    proxyFlags: [`--tunnel.config.file=${configFile}`],
    agentFlags: [`--proxy.ca-file=${authority.caFile}`],
  };
}

async function isAnnounced(webPort: string): Promise<true | undefined> {
  const answer = await fetch(`http://127.0.0.1:${webPort}/api/v1/targets`);
  return (await answer.text()).includes('"client:') ? true : undefined;
}
