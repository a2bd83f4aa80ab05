// A Prometheus that scrapes one target through the proxy. It knows no proxy and no agent, only a URL and an address.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram, type ChildProgram } from '../support/child-program.ts';
import { Hopeless, until } from '../support/until.ts';

export interface PrometheusOptions {
  readonly program: string;
  readonly port: number;
  readonly proxyUrl: string;
  readonly target: string;
}

export interface RunningPrometheus {
  readonly url: string;
  /** Settles when `up` of the target is 1; throws after 30 s with what Prometheus says of the target. */
  targetUp(): Promise<void>;
  /** The page that lists targets: Debian builds Prometheus without the newer pages. */
  targetsPage(): Promise<string>;
  stop(): Promise<void>;
}

export async function startPrometheus({
  program,
  port,
  proxyUrl,
  target,
}: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'pullway-demo-'));
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, configuration(proxyUrl, target));
  const url = `http://127.0.0.1:${port}`;
  const child = startProgram('prometheus', program, [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  return {
    url,
    targetUp: async () => {
      await until(`up to be 1 at ${url}`, () => probeTarget(url, child), 30_000);
    },
    targetsPage: async () => ((await fetch(`${url}/targets`)).ok ? `${url}/targets` : `${url}/classic/targets`),
    stop: async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(proxyUrl: string, target: string): string {
  return `global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: node
    proxy_url: ${proxyUrl}/
    static_configs:
      - targets: ['${target}']
`;
}

/** Undefined until the target is up; what keeps it down becomes the cause of the failure. */
async function probeTarget(url: string, child: ChildProgram): Promise<boolean> {
  if (!child.isRunning) throw new Hopeless(`prometheus ended:\n${child.output}`);
  const answer = await fetch(`${url}/api/v1/query?query=up`);
  const text = await answer.text();
  if (/"value":\[[\d.]+,"1"\]/.test(text)) return true;
  const targets = await fetch(`${url}/api/v1/targets?state=active`);
  throw new Error(await targets.text());
}
