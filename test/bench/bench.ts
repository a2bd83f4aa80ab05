// The order of a benchmark: starts the exporter and the hops, measures round by round, shows tables.
// Hops take turns within each round, so that a machine that slows down slows all of them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Exporter } from './exporter.ts';
import { startHaproxy } from './haproxy-hop.ts';
import { directHop, type Hop } from './hop.ts';
import { measure, type Measurement } from './measurement.ts';
import { medianMeasurement } from './median.ts';
import type { BenchOptions } from './options.ts';
import { startPullway } from './pullway-hop.ts';
import { startPushprox } from './pushprox-hop.ts';
import { scenariosOf, type Scenario } from './scenario.ts';
import { table } from './table.ts';

/** Node compiles what is called often; a program that has just started is not yet what runs for months. */
const FIRST_WARM_UP_MS = 2_000;

export class Bench {
  readonly #options: BenchOptions;
  readonly #say: (text: string) => void;
  readonly #hops: Hop[] = [];
  #exporter: Exporter | undefined;
  #folder = '';

  constructor(options: BenchOptions, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
  }

  /** Starts everything that is measured. @throws Error when a part does not come up. */
  async start(): Promise<void> {
    const { isTls, profileFolder, hasYardsticks } = this.#options;
    this.#folder = await mkdtemp(join(tmpdir(), 'pullway-bench-'));
    this.#exporter = await Exporter.start();
    const { port: exporterPort } = this.#exporter;
    this.#hops.push(directHop(exporterPort));
    if (hasYardsticks) {
      this.#keep('HAProxy', await startHaproxy(exporterPort, this.#folder));
      this.#keep('PushProx', await startPushprox(exporterPort));
    }
    this.#hops.push(await startPullway({ exporterPort, isTls, folder: this.#folder, profileFolder }));
  }

  /** Measures every scenario in every round, and says what came of it. */
  async run(): Promise<void> {
    const scenarios = scenariosOf(this.#options);
    const measured = new Map<Scenario, Map<string, Measurement[]>>(scenarios.map((scenario) => [scenario, new Map()]));
    await this.#warmUp(scenarios);
    for (let round = 0; round < this.#options.rounds; round += 1) {
      for (const [scenario, all] of measured) {
        for (const [name, one] of await this.#measure(scenario)) all.set(name, [...(all.get(name) ?? []), one]);
      }
    }
    for (const [{ title }, all] of measured) {
      const medians = [...all].map(([name, measurements]) => [name, medianMeasurement(measurements)] as const);
      this.#say(`\n${title}\n${table(new Map(medians))}`);
    }
  }

  /** Ends everything that was started. */
  async stop(): Promise<void> {
    for (const hop of this.#hops.toReversed()) await hop.stop();
    await this.#exporter?.stop();
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }

  #keep(name: string, hop: Hop | undefined): void {
    if (hop === undefined) this.#say(`${name}: not on PATH, not measured`);
    else this.#hops.push(hop);
  }

  /** One scrape at a time: enough of them to be compiled, and few enough not to let the heap grow. */
  async #warmUp(scenarios: readonly Scenario[]): Promise<void> {
    const [scenario] = scenarios;
    if (scenario === undefined) throw new Error('no scenario has such a title');
    const load = { kind: 'saturation', inFlight: 1 } as const;
    for (const hop of this.#hops) await measure({ ...scenario, load, measureMs: FIRST_WARM_UP_MS }, [hop], 0);
  }

  /** At saturation each hop has the machine to itself; at a rate all run at once, and see the same disturbances. */
  async #measure(scenario: Scenario): Promise<readonly (readonly [string, Measurement])[]> {
    const { warmUpMs } = this.#options;
    if (scenario.load.kind === 'rate') return [...(await measure(scenario, this.#hops, warmUpMs))];
    const results: (readonly [string, Measurement])[] = [];
    for (const hop of this.#hops) results.push(...(await measure(scenario, [hop], warmUpMs)));
    return results;
  }
}
