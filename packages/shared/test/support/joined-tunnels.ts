// A proxy's and an agent's tunnel over a simulated link: what the tests of sessions and tunnels start from.

import { AgentSession, type AgentSessionObserver } from '@pullway/shared/protocol/agent-session';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { TargetChange } from '@pullway/shared/protocol/announced-targets';
import type { ConnectHead, GoAway, RequestHead } from '@pullway/shared/protocol/frames';
import type { Hello, Welcome } from '@pullway/shared/protocol/handshake';
import { GROWTH_BUDGET_BYTES } from '@pullway/shared/protocol/limits';
import { ProxySession, type ProxySessionObserver } from '@pullway/shared/protocol/proxy-session';
import type { StreamExchange } from '@pullway/shared/protocol/stream-exchange';
import { Tunnel, type TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import assert from 'node:assert/strict';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedLink, type LinkOptions } from './simulated-link.ts';

export const HELLO: Hello = {
  versions: [1],
  features: [],
  name: 'client',
  cluster: '',
  instance: 'i-1',
  version: '0.1.0',
  standby: false,
  maxExchanges: 256,
};

export const REQUEST: RequestHead = {
  deadlineMs: 9500,
  method: 'GET',
  address: 'client:9100',
  path: '/metrics',
  headers: ['Accept', 'text/plain'],
};

const TICK_MS = 1000;

interface JoinOptions extends Partial<Omit<LinkOptions, 'clock'>> {
  readonly clock?: SimulatedClock;
  readonly hello?: Partial<Hello>;
  readonly scrapeRequested?: AgentSessionObserver['scrapeRequested'];
  readonly streamRequested?: AgentSessionObserver['streamRequested'];
  readonly helloReceived?: (hello: Hello) => void;
}

export class JoinedTunnels implements AgentSessionObserver, ProxySessionObserver {
  readonly clock: SimulatedClock;
  readonly link: SimulatedLink;
  readonly proxy: Tunnel<ProxySession>;
  readonly agent: Tunnel<AgentSession>;
  readonly #options: JoinOptions;
  readonly proxyEnds: TunnelEnd[] = [];
  readonly agentEnds: TunnelEnd[] = [];
  readonly welcomes: Welcome[] = [];
  readonly changes: TargetChange[] = [];
  readonly goAways: GoAway[] = [];
  /** Exchanges as the agent got them, when no `scrapeRequested` was given. */
  readonly requests: { readonly exchange: AnswerExchange; readonly head: RequestHead }[] = [];
  readonly connects: { readonly exchange: StreamExchange; readonly head: ConnectHead }[] = [];

  constructor(options: JoinOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new SimulatedClock();
    this.link = new SimulatedLink({ ...options, clock: this.clock });
    this.proxy = this.#tunnel(this.link.left, this.proxyEnds, (session) => new ProxySession(session, this));
    const hello = { ...HELLO, ...options.hello };
    this.agent = this.#tunnel(this.link.right, this.agentEnds, (session) => new AgentSession(hello, session, this));
    this.clock.every(TICK_MS, () => this.proxy.tick());
    this.clock.every(TICK_MS, () => this.agent.tick());
    this.agent.session.greet();
  }

  /** The same, with the handshake done. */
  static established(options: JoinOptions = {}): JoinedTunnels {
    const joined = new JoinedTunnels(options);
    joined.clock.advance(20 * (options.delayMs ?? 0) + 20);
    assert.ok(joined.proxy.session.isEstablished && joined.agent.session.isEstablished);
    return joined;
  }

  /** Neither end holds anything any more. */
  assertNothingLeft(): void {
    for (const { session } of [this.proxy, this.agent]) {
      assert.equal(session.openExchanges, 0);
      assert.equal(session.growthLeftBytes, GROWTH_BUDGET_BYTES);
      assert.equal(session.nextFrame(), undefined);
    }
    assert.equal(this.link.left.queuedBytes + this.link.right.queuedBytes, 0);
  }

  helloReceived(hello: Hello): void {
    if (this.#options.helloReceived !== undefined) return this.#options.helloReceived(hello);
    this.proxy.session.welcome({ replica: 'r-1', tunnel: 't-1' });
  }

  targetsChanged(change: TargetChange): void {
    this.changes.push(change);
  }

  welcomed(welcome: Welcome): void {
    this.welcomes.push(welcome);
  }

  scrapeRequested(exchange: AnswerExchange, head: RequestHead): void {
    if (this.#options.scrapeRequested !== undefined) return this.#options.scrapeRequested(exchange, head);
    this.requests.push({ exchange, head });
  }

  streamRequested(exchange: StreamExchange, head: ConnectHead): void {
    if (this.#options.streamRequested !== undefined) return this.#options.streamRequested(exchange, head);
    this.connects.push({ exchange, head });
  }

  goingAway(goAway: GoAway): void {
    this.goAways.push(goAway);
  }

  #tunnel<Kind extends ProxySession | AgentSession>(
    socket: SimulatedLink['left'],
    ends: TunnelEnd[],
    createSession: (options: { now: () => number; wake: () => void }) => Kind,
  ): Tunnel<Kind> {
    const tunnel = new Tunnel({
      socket,
      now: () => this.clock.now(),
      createSession,
      ended: (end) => void ends.push(end),
      defer: (step) => void this.clock.after(0, step),
    });
    socket.observe(tunnel);
    return tunnel;
  }
}
