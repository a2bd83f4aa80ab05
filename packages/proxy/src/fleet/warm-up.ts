// Whether the fleet is known after a start: until then a list of targets would be short, and a short list deletes targets at Prometheus.

export interface WarmUpOptions {
  /** The fleet is known when no new agent has come for so long, in milliseconds; 0: at once. */
  readonly quietMs: number;
  /** And at the latest after so long, in milliseconds. */
  readonly maxMs: number;
}

export class WarmUp {
  readonly #options: WarmUpOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  #lastNewAt: number | undefined;
  #isOver = false;

  constructor(options: WarmUpOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#startedAt = now();
  }

  /** An agent came that was not known before. */
  newAgent(): void {
    this.#lastNewAt = this.#now();
  }

  /**
   * Milliseconds until the fleet may be known; 0 when it is, and from then on for good. A proxy without any agent waits for the full time: after
   * an outage agents come back up to 30 s late.
   */
  get leftMs(): number {
    if (this.#isOver) return 0;
    const { quietMs, maxMs } = this.#options;
    const atTheLatest = this.#startedAt + maxMs;
    const whenQuiet = this.#lastNewAt === undefined ? atTheLatest : this.#lastNewAt + quietMs;
    const leftMs = quietMs === 0 ? 0 : Math.min(whenQuiet, atTheLatest) - this.#now();
    if (leftMs > 0) return leftMs;
    this.#isOver = true;
    return 0;
  }
}
