// The agents of this replica: who may join, who serves a name that two claim, who has departed; and it keeps routes and service discovery true.
// It must not know WebSockets or HTTP. It has no timer of its own: tick() is called about once a second.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { TargetChange } from '@pullway/shared/protocol/announced-targets';
import { CLOSE_REASONS, ProtocolError, type CloseName } from '@pullway/shared/protocol/protocol-error';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import type { AgentAccess } from '../access/agent-access.ts';
import { GO_AWAY_SPREAD_MS, MAX_DEPARTED_TARGETS, RETIRE_AFTER_MS } from '../limits.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import { AgentConnection, type AgentConnectionOptions } from './agent-connection.ts';
import { AgentSlot } from './agent-slot.ts';
import type { Departure } from './departure.ts';
import { refuseForeign } from './foreign-targets.ts';
import type { Routes } from './routes.ts';
import type { WarmUp } from './warm-up.ts';

/** Where announced targets are listed for scrapers. */
export interface TargetList {
  add(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void;
  remove(connection: AgentConnection, targets: Iterable<AnnouncedTarget>): void;
}

export interface FleetOptions {
  /** Id of this process. */
  readonly replica: string;
  readonly access: AgentAccess;
  readonly routes: Routes;
  readonly list: TargetList;
  readonly warmUp: WarmUp;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: FleetMetrics;
  /** How long targets of a departed agent stay listed, in milliseconds. */
  readonly departedGraceMs: number;
}

/** An agent that has said HELLO and waits for its answer. */
export type Candidate = Omit<AgentConnectionOptions, 'tunnelId'>;

interface Retirement {
  readonly closeName: CloseName;
  readonly reason: string;
  readonly atTheLatest: number;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #slots = new Map<string, AgentSlot>();
  readonly #connections = new Set<AgentConnection>();
  readonly #retiring = new Map<AgentConnection, Retirement>();
  readonly #departures = new Set<Departure>();
  #departedTargets = 0;
  #newestTunnel = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Live tunnels, in the order in which they were opened. */
  get connections(): Iterable<AgentConnection> {
    return this.#connections;
  }

  get departures(): Iterable<Departure> {
    return this.#departures;
  }

  /**
   * Welcomes an agent.
   * @throws ProtocolError `unauthorised`, `forbidden`, `displaced` or `no_common_version`: the tunnel must be closed with that.
   */
  join(candidate: Candidate): AgentConnection {
    const { hello, tunnel, identity } = candidate;
    this.#authorise(identity, hello.cluster, hello.name);
    const key = `${hello.cluster}/${hello.name}`;
    const slot = this.#slots.get(key) ?? new AgentSlot();
    if (slot.refuses(hello)) this.#refuseDuplicate(slot, hello.instance);
    this.#newestTunnel += 1;
    const tunnelId = `${this.#options.replica}-${this.#newestTunnel}`;
    tunnel.session.welcome({ replica: this.#options.replica, tunnel: tunnelId });
    slot.remember(hello.instance);
    if (!this.#slots.has(key)) this.#options.warmUp.newAgent();
    this.#slots.set(key, slot);
    const connection = new AgentConnection({ ...candidate, tunnelId });
    this.#connections.add(connection);
    this.#options.metrics.tunnelOpened();
    this.#options.logger.info(facts(connection), 'agent connected');
    this.#takeSlot(slot, connection);
    return connection;
  }

  /** A whole announcement of `connection` has taken effect. */
  announced(connection: AgentConnection, change: TargetChange): void {
    if (this.#retiring.has(connection)) return;
    const { routes, list } = this.#options;
    const added = refuseForeign(connection, change.added, this.#options);
    const removed = connection.release(change.removed);
    routes.add(connection, added);
    list.add(connection, added);
    routes.remove(connection, removed);
    list.remove(connection, removed);
    if (connection.hasAnnounced) return;
    connection.hasAnnounced = true;
    this.#options.warmUp.newAgent();
    this.#handOver(this.#slotOf(connection), connection);
  }

  /** The tunnel of `connection` is over. */
  ended(connection: AgentConnection, end: TunnelEnd): void {
    if (!this.#connections.delete(connection)) return;
    const { logger, metrics } = this.#options;
    metrics.tunnelClosed(closeLabel(end.code));
    logger.info({ ...facts(connection), code: end.code, reason: end.reason }, 'agent disconnected');
    const slot = this.#slotOf(connection);
    slot.leave(connection);
    if (!this.#retiring.delete(connection) && connection.hasAnnounced) this.#depart(slot, connection);
    this.#dropIfEmpty(slot, connection);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  /** Closes tunnels whose time is over, forgets departed agents. */
  tick(): void {
    const now = this.#options.clock.now();
    for (const [connection, { closeName, reason, atTheLatest }] of this.#retiring) {
      if (connection.openExchanges === 0 || now >= atTheLatest) connection.tunnel.close(closeName, reason);
    }
    for (const departure of this.#departures) {
      if (now - departure.at < this.#options.departedGraceMs) return;
      this.#forget(departure);
    }
  }

  /** Closes the tunnels of agents whose credential is gone or no longer covers them. */
  recheckAccess(): void {
    for (const connection of this.#connections) {
      const verdict = this.#options.access.judge(connection.identity, connection.cluster, connection.name);
      if (verdict !== 'granted') connection.tunnel.close(verdict, REFUSALS[verdict]);
    }
  }

  /** Tells all agents to connect elsewhere, spread over a few seconds; what runs goes on. */
  sendAway(): void {
    const share = GO_AWAY_SPREAD_MS / Math.max(1, this.#connections.size);
    let index = 0;
    for (const { tunnel } of this.#connections) {
      tunnel.session.sendGoAway({ reason: 'this replica is stopping', reconnectAfterMs: Math.round(index * share) });
      index += 1;
    }
  }

  /** Closes all tunnels and waits until the agents have heard it; cuts those that have not when `signal` fires. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#connections.size === 0) return;
    const over = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    const cut = (): void => {
      for (const { tunnel } of this.#connections) tunnel.abort(new Error('this replica is stopping'));
    };
    for (const { tunnel } of this.#connections) tunnel.close('draining', 'this replica is stopping');
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await over;
    signal.removeEventListener('abort', cut);
  }

  #authorise(identity: AgentConnection['identity'], cluster: string, name: string): void {
    const verdict = this.#options.access.judge(identity, cluster, name);
    if (verdict === 'granted') return;
    const { credential } = identity;
    this.#options.metrics.agentRefused(verdict);
    this.#options.logger.warn({ credential, agent: name, cluster, verdict }, 'agent refused');
    throw new ProtocolError(REFUSALS[verdict], verdict);
  }

  #refuseDuplicate({ holder }: AgentSlot, instance: string): never {
    this.#options.metrics.duplicate('refused');
    if (holder !== undefined) {
      const fields = { ...facts(holder), refusedInstance: instance };
      this.#options.logger.warn(fields, 'agent name is claimed by an older instance, which has to wait');
    }
    throw new ProtocolError('another instance serves this name', 'displaced');
  }

  /** The holder so far serves on until the newcomer has announced; one that never announced has nothing to serve. */
  #takeSlot(slot: AgentSlot, newcomer: AgentConnection): void {
    const rival = slot.holder;
    const useless = slot.take(newcomer);
    if (rival !== undefined) this.#noteDuplicate(rival, newcomer);
    if (useless !== undefined) this.#retire(useless, newcomer);
  }

  #noteDuplicate(rival: AgentConnection, newcomer: AgentConnection): void {
    const closeName = closeNameFor(rival, newcomer);
    this.#options.metrics.duplicate(closeName);
    if (closeName === 'superseded' || rival.isDraining) return;
    const fields = { ...facts(newcomer), displacedInstance: rival.instance, displacedFrom: rival.remoteAddress };
    this.#options.logger.warn(fields, 'agent name is claimed twice, the newest instance serves');
  }

  #handOver(slot: AgentSlot, connection: AgentConnection): void {
    const { previous, departure } = slot;
    if (previous !== undefined) {
      slot.previous = undefined;
      this.#options.routes.remove(previous, previous.servedTargets);
      this.#options.list.remove(previous, previous.servedTargets);
      this.#retire(previous, connection);
    }
    if (departure !== undefined) this.#forget(departure);
  }

  /** Exchanges of another instance may end first. The same instance opens a second tunnel only when the first is dead, or says that it leaves. */
  #retire(connection: AgentConnection, successor: AgentConnection): void {
    const closeName = closeNameFor(connection, successor);
    const reason = CLOSE_REASONS[closeName].meaning;
    const mayFinish = connection.openExchanges > 0 && (closeName === 'displaced' || connection.isDraining);
    const atTheLatest = this.#options.clock.now() + RETIRE_AFTER_MS;
    this.#retiring.set(connection, { closeName, reason, atTheLatest });
    if (!mayFinish) connection.tunnel.close(closeName, reason);
  }

  #depart(slot: AgentSlot, connection: AgentConnection): void {
    if (slot.departure !== undefined) this.#forget(slot.departure);
    const departure = { connection, at: this.#options.clock.now() };
    slot.departure = departure;
    this.#departures.add(departure);
    this.#departedTargets += weight(departure);
    this.#options.routes.depart(departure, connection.servedTargets);
    for (const oldest of this.#departures) {
      if (this.#departedTargets <= MAX_DEPARTED_TARGETS || oldest === departure) return;
      this.#forget(oldest);
    }
  }

  #forget(departure: Departure): void {
    if (!this.#departures.delete(departure)) return;
    this.#departedTargets -= weight(departure);
    const { connection } = departure;
    this.#options.routes.forget(departure, connection.servedTargets);
    this.#options.list.remove(connection, connection.servedTargets);
    const slot = this.#slotOf(connection);
    slot.departure = undefined;
    this.#dropIfEmpty(slot, connection);
  }

  #slotOf({ cluster, name }: AgentConnection): AgentSlot {
    return this.#slots.get(`${cluster}/${name}`) ?? new AgentSlot();
  }

  #dropIfEmpty(slot: AgentSlot, { cluster, name }: AgentConnection): void {
    if (slot.isEmpty) this.#slots.delete(`${cluster}/${name}`);
  }
}

const REFUSALS = {
  unauthorised: 'the token is not known',
  forbidden: 'the token may not claim this name or cluster',
} as const;

function closeNameFor(rival: AgentConnection, newcomer: AgentConnection): 'superseded' | 'displaced' {
  return rival.instance === newcomer.instance ? 'superseded' : 'displaced';
}

function weight({ connection }: Departure): number {
  return connection.tunnel.session.targets.size + 1;
}

/** The name of a close code for metrics: a closed set. */
function closeLabel(code: number): string {
  for (const [name, reason] of Object.entries(CLOSE_REASONS)) if (reason.code === code) return name;
  return code === 1000 ? 'closed' : 'connection_lost';
}

function facts(connection: AgentConnection): Readonly<Record<string, unknown>> {
  const { name, cluster, instance, version, tunnelId, remoteAddress, identity } = connection;
  const { credential } = identity;
  return { agent: name, cluster, instance, version, tunnel: tunnelId, remote: remoteAddress, credential };
}
