// One agent name of one cluster: who holds it, who serves until the holder has announced its targets, who has departed.
//
//   HELLO ─► holder ── first announcement ─► the previous one is retired, the departed one forgotten
// It must not know how tunnels are closed: the fleet does that.

import { PING_AFTER_MS } from '@pullway/shared/protocol/limits';
import { MAX_INSTANCES_REMEMBERED } from '../limits.ts';
import type { AgentConnection } from './agent-connection.ts';
import type { Departure } from './departure.ts';

/** An agent is heard every PING_AFTER_MS at least; with this much on top its tunnel counts as healthy, in milliseconds. */
const HEALTHY_MARGIN_MS = 5_000;

export class AgentSlot {
  /** The newest tunnel that was welcomed. */
  holder: AgentConnection | undefined;
  /** Serves until the holder has announced: a restart of the agent must not leave a gap. */
  previous: AgentConnection | undefined;
  departure: Departure | undefined;
  /** Instances in the order in which they were first seen. */
  readonly #instances: string[] = [];

  get isEmpty(): boolean {
    return this.holder === undefined && this.previous === undefined && this.departure === undefined;
  }

  /** Whether an agent that says so of itself must leave the name to its holder. */
  refuses(incoming: { readonly instance: string; readonly standby: boolean }): boolean {
    const { holder } = this;
    if (holder === undefined || holder.instance === incoming.instance || !isHealthy(holder)) return false;
    return incoming.standby || this.#isOlder(incoming.instance, holder.instance);
  }

  remember(instance: string): void {
    if (this.#instances.includes(instance)) return;
    this.#instances.push(instance);
    if (this.#instances.length > MAX_INSTANCES_REMEMBERED) this.#instances.shift();
  }

  /** Makes `newcomer` the holder. @returns who has to go at once: a holder that never announced anything. */
  take(newcomer: AgentConnection): AgentConnection | undefined {
    const displaced = this.holder;
    this.holder = newcomer;
    if (displaced === undefined || !displaced.hasAnnounced) return displaced;
    this.previous = displaced;
    return undefined;
  }

  /** `connection` is over. */
  leave(connection: AgentConnection): void {
    if (this.previous === connection) this.previous = undefined;
    if (this.holder !== connection) return;
    this.holder = this.previous;
    this.previous = undefined;
  }

  #isOlder(incoming: string, serving: string): boolean {
    const index = this.#instances.indexOf(incoming);
    return index !== -1 && index < this.#instances.indexOf(serving);
  }
}

function isHealthy(connection: AgentConnection): boolean {
  return !connection.isDraining && connection.tunnel.session.silentForMs < PING_AFTER_MS + HEALTHY_MARGIN_MS;
}
