// A real Prometheus for a test: configured with the test's own scrape_configs, asked through its API.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startProgram, type ChildProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { endWith } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { Hopeless, until } from './until.ts';

/** An active target as /api/v1/targets shows it. */
export interface PrometheusTarget {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  /** In seconds. */
  readonly lastScrapeDuration: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

const GLOBAL = `global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
`;

export class RunningPrometheus {
  readonly program: ChildProgram;
  readonly url: string;

  constructor(program: ChildProgram, url: string) {
    this.program = program;
    this.url = url;
  }

  /** The result of an instant query; an empty list where nothing fits. */
  async query(expression: string): Promise<readonly Sample[]> {
    const data: { result: readonly Sample[] } = await this.#api(`query?query=${encodeURIComponent(expression)}`);
    return data.result;
  }

  /** The label sets of all series that `selector` selects. */
  async series(selector: string): Promise<readonly Readonly<Record<string, string>>[]> {
    return this.#api(`series?match[]=${encodeURIComponent(selector)}`);
  }

  async targets(): Promise<readonly PrometheusTarget[]> {
    const data: { activeTargets: readonly PrometheusTarget[] } = await this.#api('targets?state=active');
    return data.activeTargets;
  }

  /** The first target of `job` once `isWanted` says so of it; throws after 40 s with the last that was seen. */
  async target(job: string, isWanted: (target: PrometheusTarget) => boolean): Promise<PrometheusTarget> {
    return until(
      `the target of ${job}`,
      async () => {
        const targets = (await this.targets()).filter(({ scrapePool }) => scrapePool === job);
        const found = targets.find(isWanted);
        if (found === undefined) throw new Error(JSON.stringify(targets));
        return found;
      },
      40_000,
    );
  }

  /** Settles when a target of `job` is up. */
  targetUp(job: string): Promise<PrometheusTarget> {
    return this.target(job, ({ health }) => health === 'up');
  }

  /** Settles when it has exactly these targets, each as `JOB INSTANCE`, and all of them are up. */
  async hasUp(targets: readonly string[]): Promise<void> {
    await eventually(
      async () => {
        const shown = (await this.targets()).map(
          ({ labels, health, lastError }) => `${labels['job']} ${labels['instance']} ${health} ${lastError}`,
        );
        assert.deepEqual(shown.toSorted(), targets.map((target) => `${target} up `).toSorted());
      },
      { timeoutMs: 60_000 },
    );
  }

  /** What Prometheus shows as the reason why a target of `job` is down. */
  async lastError(job: string): Promise<string> {
    return (await this.target(job, ({ health }) => health === 'down')).lastError;
  }

  async #api<T>(path: string): Promise<T> {
    if (!this.program.isRunning) throw new Hopeless(`prometheus ended:\n${this.program.output}`);
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    const { data, error }: { data: T; error?: string } = JSON.parse(await answer.text());
    if (error !== undefined) throw new Error(error);
    return data;
  }
}

/**
 * Starts `prometheus` with `scrapeConfigs`, YAML that belongs below `scrape_configs:` (interval and timeout are 1 s unless it says more),
 * and with `ruleFiles`, whose rules are evaluated each second. Ends with `test`; settles when its API answers.
 */
export function runPrometheus(
  test: TestContext,
  prometheus: string,
  scrapeConfigs: string,
  ruleFiles: readonly string[] = [],
): Promise<RunningPrometheus> {
  const rules = `rule_files: ${JSON.stringify(ruleFiles)}\n`;
  return runConfiguredPrometheus(test, prometheus, `${GLOBAL}${rules}scrape_configs:\n${scrapeConfigs}`);
}

/** The same with a whole configuration; the files that it names relative to itself are in `files`. */
export async function runConfiguredPrometheus(
  test: TestContext,
  prometheus: string,
  configuration: string,
  files: Readonly<Record<string, string>> = {},
): Promise<RunningPrometheus> {
  const folder = await temporaryFolder(test);
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, configuration);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const port = await freePort();
  const program = endWith(
    test,
    startProgram('prometheus', prometheus, [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]),
  );
  const url = `http://127.0.0.1:${port}`;
  await until(
    'prometheus to be ready',
    async () => {
      if (!program.isRunning) throw new Hopeless(`prometheus ended:\n${program.output}`);
      return (await fetch(`${url}/-/ready`)).ok ? true : undefined;
    },
    30_000,
  );
  return new RunningPrometheus(program, url);
}
