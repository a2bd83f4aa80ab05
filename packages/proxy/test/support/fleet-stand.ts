// A fleet with agents over simulated links: real sessions and tunnels on a simulated clock, so that a test says what an agent does and
// looks at what the proxy knows.

import { AgentSession, type AgentSessionObserver } from '@pullway/shared/protocol/agent-session';
import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { ConnectHead, GoAway, RequestHead } from '@pullway/shared/protocol/frames';
import type { Hello, Welcome } from '@pullway/shared/protocol/handshake';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import type { StreamExchange } from '@pullway/shared/protocol/stream-exchange';
import { Tunnel, type TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import { HELLO } from '../../../shared/test/support/joined-tunnels.ts';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { SimulatedLink } from '../../../shared/test/support/simulated-link.ts';
import { AgentCredentials, type AgentToken } from '../../src/access/agent-credentials.ts';
import type { AgentIdentity } from '../../src/access/agent-access.ts';
import { AgentHandshake } from '../../src/fleet/agent-handshake.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import type { FleetMetrics } from '../../src/fleet/fleet-metrics.ts';
import { Routes } from '../../src/fleet/routes.ts';
import { SdList } from '../../src/fleet/sd-list.ts';
import { WarmUp } from '../../src/fleet/warm-up.ts';

export const GRACE_MS = 300_000;
const SETTLE_MS = 5;

/** A target as agents announce it. */
export function announced(fields: Partial<AnnouncedTarget> = {}): AnnouncedTarget {
  const plain = { id: 1, address: 'client:9100', path: '/metrics', labels: { job: 'node' } };
  return { ...plain, passthrough: false, allowedPaths: [], ...fields };
}

/** One agent over its link, as far as a test has to move it. */
export class StandAgent implements AgentSessionObserver {
  readonly tunnel: Tunnel<AgentSession>;
  readonly link: SimulatedLink;
  readonly goAways: GoAway[] = [];
  readonly welcomes: Welcome[] = [];
  readonly scrapes: AnswerExchange[] = [];
  /** What was asked with each of `scrapes`. */
  readonly heads: RequestHead[] = [];
  readonly streams: { readonly exchange: StreamExchange; readonly head: ConnectHead }[] = [];
  /** How the agent saw its tunnel end. */
  end: TunnelEnd | undefined;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock, link: SimulatedLink, hello: Hello) {
    this.#clock = clock;
    this.link = link;
    this.tunnel = new Tunnel({
      socket: link.right,
      now: () => clock.now(),
      createSession: (options) => new AgentSession(hello, options, this),
      ended: (end) => void (this.end = end),
      defer: (step) => void clock.after(0, step),
    });
    link.right.observe(this.tunnel);
  }

  /** Replaces the whole list, and waits until the proxy has it. */
  announce(...targets: readonly AnnouncedTarget[]): this {
    return this.change({ snapshot: true, add: targets, remove: [] });
  }

  change(change: { snapshot: boolean; add: readonly AnnouncedTarget[]; remove: readonly number[] }): this {
    this.tunnel.session.announce(change);
    this.#clock.advance(SETTLE_MS);
    return this;
  }

  /** The agent's process is gone. */
  vanish(): void {
    this.tunnel.abort(new Error('the agent is gone'));
    this.#clock.advance(SETTLE_MS);
  }

  welcomed(welcome: Welcome): void {
    this.welcomes.push(welcome);
  }

  scrapeRequested(exchange: AnswerExchange, head: RequestHead): void {
    this.scrapes.push(exchange);
    this.heads.push(head);
  }

  streamRequested(exchange: StreamExchange, head: ConnectHead): void {
    this.streams.push({ exchange, head });
  }

  goingAway(goAway: GoAway): void {
    this.goAways.push(goAway);
  }
}

class CountingMetrics implements FleetMetrics {
  readonly events: string[] = [];

  tunnelOpened(): void {
    this.events.push('opened');
  }

  tunnelClosed(reason: string): void {
    this.events.push(`closed ${reason}`);
  }

  duplicate(outcome: string): void {
    this.events.push(`duplicate ${outcome}`);
  }

  agentRefused(reason: string): void {
    this.events.push(`refused ${reason}`);
  }

  targetsRefused(count: number): void {
    this.events.push(`left out ${count}`);
  }
}

export interface StandOptions {
  readonly tokens?: readonly AgentToken[];
}

export class FleetStand {
  readonly clock = new SimulatedClock(1_000_000);
  readonly logger = new MemoryLogger();
  readonly metrics = new CountingMetrics();
  readonly routes = new Routes(() => this.clock.now());
  readonly list = new SdList();
  readonly warmUp = new WarmUp({ quietMs: 10_000, maxMs: 60_000 }, () => this.clock.now());
  readonly credentials: AgentCredentials;
  readonly fleet: Fleet;

  constructor({ tokens = [] }: StandOptions = {}) {
    this.credentials = new AgentCredentials(tokens);
    this.fleet = new Fleet({
      replica: 'r',
      access: this.credentials,
      routes: this.routes,
      list: this.list,
      warmUp: this.warmUp,
      clock: this.clock,
      logger: this.logger,
      metrics: this.metrics,
      departedGraceMs: GRACE_MS,
    });
    this.clock.every(1_000, () => this.fleet.tick());
  }

  /** An agent that dials and says HELLO; it has its answer when this returns. */
  join(hello: Partial<Hello> = {}, token?: string): StandAgent {
    const agent = this.dial(this.credentials.identify(token) ?? { credential: '', digest: undefined }, hello);
    agent.tunnel.session.greet();
    this.settle();
    return agent;
  }

  dial(identity: AgentIdentity, hello: Partial<Hello> = {}): StandAgent {
    const { clock, fleet } = this;
    const link = new SimulatedLink({ clock, delayMs: 0 });
    const handshake = new AgentHandshake({ fleet, identity, remoteAddress: '192.0.2.1', over: () => {} });
    const proxyEnd: Tunnel<ProxySession> = new Tunnel({
      socket: link.left,
      now: () => clock.now(),
      createSession: (options) => new ProxySession(options, handshake),
      ended: (end) => handshake.ended(end),
      defer: (step) => void clock.after(0, step),
    });
    handshake.attach(proxyEnd);
    link.left.observe(proxyEnd);
    clock.every(1_000, () => proxyEnd.tick());
    return new StandAgent(clock, link, { ...HELLO, ...hello });
  }

  settle(): void {
    this.clock.advance(SETTLE_MS);
  }

  /** What service discovery would list, as JSON. */
  async listed(withMeta = true): Promise<readonly unknown[]> {
    const { entries } = await this.list.snapshot();
    return entries.filter(({ isListed }) => isListed).map((entry): unknown => JSON.parse(entry.text(withMeta)));
  }

  /** Names of the agents that serve `path` at `address`, or why there are none. */
  served(address = 'client:9100', path = '/metrics'): readonly string[] | string {
    const routing = this.routes.route(address, path);
    return routing.kind === 'served' ? routing.serving.map(({ connection }) => connection.instance) : routing.kind;
  }
}
