// What several programs cost at a time: memory, and the time of processors. It knows nothing of what they do.

import type { ChildProgram } from '../support/child-program.ts';
import { cpuMicroseconds, memoryOf } from './process-cost.ts';

const MB = 1e6;

export type Programs = Readonly<Record<string, ChildProgram>>;

export function memories(all: Programs): unknown {
  return Object.fromEntries(
    Object.entries(all).map(([name, { pid }]) => {
      const { rss, anonymous } = memoryOf(pid);
      return [name, { 'RSS MB': Math.round(rss / MB), 'anonymous MB': Math.round(anonymous / MB) }];
    }),
  );
}

/** CPU and the highest memory of programs from now on. */
export class ProgramMeter {
  readonly #programs: Programs;
  readonly #startedAt = performance.now();
  readonly #cpu: ReadonlyMap<string, number>;
  readonly #peaks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(programs: Programs) {
    this.#programs = programs;
    this.#cpu = new Map(Object.entries(programs).map(([name, { pid }]) => [name, cpuMicroseconds(pid)]));
    this.#timer = setInterval(() => this.#look(), 250);
  }

  /** Once. */
  read(): unknown {
    clearInterval(this.#timer);
    this.#look();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rows = Object.entries(this.#programs).map(([name, { pid }]) => {
      const cpu = (cpuMicroseconds(pid) - (this.#cpu.get(name) ?? 0)) / 1e6;
      const peak = this.#peaks.get(name) ?? 0;
      return [name, { 'peak RSS MB': Math.round(peak / MB), 'CPU %': Math.round((cpu / seconds) * 100) }];
    });
    return Object.fromEntries(rows);
  }

  #look(): void {
    for (const [name, { pid }] of Object.entries(this.#programs)) {
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, memoryOf(pid).rss));
    }
  }
}
