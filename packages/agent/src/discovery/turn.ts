// One taking of changes: which feeds may have more for it. A group whose pods change all the time is made twice in it at most, and not
// without end: what has changed since then waits for the next turn.

import type { Feed, FeedChange } from './feed.ts';

export class Turn {
  /** Those to take from. */
  readonly feeds: Set<Feed>;
  /** Keys of the sources that were taken. */
  readonly #taken = new Set<string>();
  #hasRepeated = false;

  constructor(feeds: Iterable<Feed>) {
    this.feeds = new Set(feeds);
  }

  /** Whether something may be left for the next turn. */
  get leavesSome(): boolean {
    return this.#hasRepeated || this.feeds.size > 0;
  }

  /** `change`: what `feed` gave; undefined when that was all. */
  took(feed: Feed, change: FeedChange | undefined): void {
    const keys = (change?.sources ?? []).map(({ key }) => key);
    const isAgain = keys.some((key) => this.#taken.has(key));
    if (isAgain) this.#hasRepeated = true;
    if (isAgain || change === undefined) this.feeds.delete(feed);
    for (const key of keys) this.#taken.add(key);
  }
}
