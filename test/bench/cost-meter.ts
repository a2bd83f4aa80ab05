// What some processes cost between two moments: CPU as a difference, memory as its peak.

import { cpuMicroseconds, memoryOf, type Memory } from './process-cost.ts';

const SAMPLE_MEMORY_EVERY_MS = 100;

export interface ProcessCost {
  readonly cpuMicroseconds: number;
  readonly peak: Memory;
}

export class CostMeter {
  readonly #pids: Readonly<Record<string, number>>;
  readonly #before: Readonly<Record<string, number>>;
  readonly #peaks = new Map<string, Memory>();
  readonly #timer: NodeJS.Timeout;

  /** Begins to measure the processes of `pids`, by name. */
  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids;
    this.#before = mapValues(pids, cpuMicroseconds);
    this.#timer = setInterval(() => this.#sampleMemory(), SAMPLE_MEMORY_EVERY_MS);
    this.#sampleMemory();
  }

  /** Ends the measurement. */
  stop(): Readonly<Record<string, ProcessCost>> {
    clearInterval(this.#timer);
    const after = mapValues(this.#pids, cpuMicroseconds);
    this.#sampleMemory();
    const none: Memory = { rss: 0, anonymous: 0 };
    return mapValues(after, (value, name) => ({
      cpuMicroseconds: value - (this.#before[name] ?? 0),
      peak: this.#peaks.get(name) ?? none,
    }));
  }

  #sampleMemory(): void {
    for (const [name, pid] of Object.entries(this.#pids)) {
      const { rss, anonymous } = memoryOf(pid);
      const peak = this.#peaks.get(name);
      this.#peaks.set(name, {
        rss: Math.max(rss, peak?.rss ?? 0),
        anonymous: Math.max(anonymous, peak?.anonymous ?? 0),
      });
    }
  }
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From, name: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}
