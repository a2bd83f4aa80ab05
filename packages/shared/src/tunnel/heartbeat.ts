// One timer for all tunnels of a process: thousands of agents need not mean thousands of timers.

const TICK_MS = 1_000;

interface Ticking {
  tick(): void;
}

export class Heartbeat {
  readonly #members = new Set<Ticking>();
  #timer: NodeJS.Timeout | undefined;

  /** Ticks every member once a second until stop(). */
  start(): void {
    this.#timer ??= setInterval(() => {
      for (const member of this.#members) member.tick();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  add(member: Ticking): void {
    this.#members.add(member);
  }

  delete(member: Ticking): void {
    this.#members.delete(member);
  }
}
