// What a job had found before a reload and keeps while the mechanism that takes its place has no answer yet, as when the API server is away:
// otherwise an operator who changes a selector at that moment would take all targets of the job away.
//
//   reload ──► new mechanism has found all there is ──► the old sources that it did not replace are withdrawn, the old mechanism stops
//              not yet: the old one goes on, so that targets still ask it for their pods; nothing new is taken from it

import type { Feed } from './feed.ts';
import type { JobTargets } from './job-targets.ts';

/** A job of before the reload, and what one of its feeds had found for it. */
export interface FormerFinds {
  readonly job: string;
  readonly feed: Feed;
  readonly sources: readonly string[];
}

interface StandIn extends FormerFinds {
  readonly awaited: readonly Feed[];
}

export class StandIns {
  #list: readonly StandIn[] = [];

  get feeds(): ReadonlySet<Feed> {
    return new Set(this.#list.map(({ feed }) => feed));
  }

  /** Keys of what stays for now. */
  get sources(): Iterable<string> {
    return this.#list.flatMap(({ sources }) => sources);
  }

  /**
   * Those of a further reload take the place of all before.
   * @param former what there was before it
   * @param feeds all there are now, with the jobs that are now subscribed to them
   * @returns names of the jobs that have to wait
   */
  revise(former: readonly FormerFinds[], feeds: readonly Feed[]): readonly string[] {
    const finds = [...this.#list, ...former];
    this.#list = finds.flatMap(({ job, feed, sources }) => {
      const own = feeds.filter(({ subscribers }) => subscribers.some((subscriber) => subscriber.job.key === job));
      const awaited = own.filter(({ hasFoundAll }) => !hasFoundAll);
      return own.includes(feed) || awaited.length === 0 ? [] : [{ job, feed, sources, awaited }];
    });
    const waiting = new Set(this.#list.flatMap(({ awaited }) => awaited));
    const jobs = [...waiting].flatMap(({ subscribers }) => subscribers.map(({ job }) => job));
    return [...new Set(jobs.filter(({ key }) => this.#list.some(({ job }) => job === key)).map(({ name }) => name))];
  }

  /** Lets those go whose successors have found all there is. @returns keys of their sources, some of which are replaced by now */
  release(): readonly string[] {
    const isOver = ({ awaited }: StandIn): boolean => awaited.every(({ hasFoundAll }) => hasFoundAll);
    const over = this.#list.filter(isOver);
    if (over.length > 0) this.#list = this.#list.filter((standIn) => !isOver(standIn));
    return over.flatMap(({ sources }) => sources);
  }
}

/** What each feed has found for each of its subscribers. */
export function formerFinds(feeds: readonly Feed[]): readonly FormerFinds[] {
  return feeds.flatMap((feed) =>
    feed.subscribers.map(({ job, name }) => ({ job: job.key, feed, sources: sourcesOf(job, name) })),
  );
}

function sourcesOf(job: JobTargets, feed: string): readonly string[] {
  return [...job.sourceKeys].filter((key) => key.startsWith(job.sourceKey(feed, '')));
}
