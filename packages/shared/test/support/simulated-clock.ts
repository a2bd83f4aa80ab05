// A clock whose time passes only when a test says so. Timers fire in the order of their times, those of one time in the order of their start.

import type { Clock, Timer } from '@pullway/shared/runtime/clock';

interface Alarm {
  at: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

export class SimulatedClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();

  constructor(startAt = 0) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add({ at: this.#now + Math.max(0, delayMs), periodMs: undefined, run });
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#add({ at: this.#now + periodMs, periodMs, run });
  }

  /** Timers that wait; 0 when nothing was left behind. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Lets `durationMs` pass, and with it whatever is due, timers started on the way included. */
  advance(durationMs: number): void {
    const end = this.#now + durationMs;
    for (let alarm = this.#next(end); alarm !== undefined; alarm = this.#next(end)) {
      this.#now = alarm.at;
      if (alarm.periodMs === undefined) this.#alarms.delete(alarm);
      else this.#postpone(alarm, alarm.periodMs);
      alarm.run();
    }
    this.#now = end;
  }

  /** The same in steps, with a turn of the event loop after each, for code that waits for promises between its timers. */
  async advanceInSteps(durationMs: number, stepMs: number): Promise<void> {
    const end = this.#now + durationMs;
    while (this.#now < end) {
      this.advance(Math.min(stepMs, end - this.#now));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #add(alarm: Alarm): Timer {
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.delete(alarm) };
  }

  /** Puts the alarm behind those that were started before its next time, as the event loop does. */
  #postpone(alarm: Alarm, periodMs: number): void {
    alarm.at += periodMs;
    this.#alarms.delete(alarm);
    this.#alarms.add(alarm);
  }

  #next(end: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at <= end && (next === undefined || alarm.at < next.at)) next = alarm;
    }
    return next;
  }
}
