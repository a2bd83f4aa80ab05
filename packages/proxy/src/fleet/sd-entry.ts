// One target as service discovery lists it, whoever announces it: several agents that announce the same (twins) are one entry.

import type { AnnouncedTarget, Labels } from '@pullway/shared/protocol/announcement';
import type { AgentConnection } from './agent-connection.ts';
import { compareText, groupEnd, groupLabels, groupWithoutMeta } from './sd-group.ts';

export class SdEntry {
  /** What all twins have in common; the entries are sorted by it. */
  readonly start: string;
  readonly address: string;
  /** Of the agents; theirs is the same, since it is among the labels. */
  readonly cluster: string;
  readonly #target: AnnouncedTarget;
  /** One for each announcement: the same agent may be here twice while it reconnects. */
  #announcers: readonly AgentConnection[] = [];

  constructor(start: string, target: AnnouncedTarget, cluster: string) {
    this.start = start;
    this.address = target.address;
    this.cluster = cluster;
    this.#target = target;
  }

  get isListed(): boolean {
    return this.#announcers.length > 0;
  }

  get job(): string {
    return this.#target.labels['job'] ?? '';
  }

  get labels(): Labels {
    return groupLabels(this.#target, this.cluster);
  }

  get path(): string {
    return this.#target.path;
  }

  get passthrough(): boolean {
    return this.#target.passthrough;
  }

  /** By name: which one is first must not depend on who came first, or the label would flap. */
  get announcers(): readonly AgentConnection[] {
    return this.#announcers;
  }

  /** @returns whether the text of the entry has changed by it. */
  add(connection: AgentConnection): boolean {
    return this.#replace([...this.#announcers, connection].toSorted(compareAnnouncers));
  }

  /** @returns whether the text of the entry has changed by it. */
  remove(connection: AgentConnection): boolean {
    const index = this.#announcers.indexOf(connection);
    return index !== -1 && this.#replace(this.#announcers.toSpliced(index, 1));
  }

  text(withMeta: boolean): string {
    const [first] = this.#announcers;
    if (!withMeta || first === undefined) return groupWithoutMeta(this.#target, this.cluster);
    return `${this.start}${groupEnd(first)}`;
  }

  #replace(announcers: readonly AgentConnection[]): boolean {
    const before = this.#announcers[0];
    this.#announcers = announcers;
    const now = announcers[0];
    return before?.name !== now?.name || before?.version !== now?.version;
  }
}

function compareAnnouncers(a: AgentConnection, b: AgentConnection): number {
  return compareText(a.name, b.name) || compareText(a.version, b.version);
}
