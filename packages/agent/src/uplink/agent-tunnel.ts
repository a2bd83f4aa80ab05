// One tunnel of this agent, from HELLO to its end: announces the targets, hands exchanges on, tells when it has to be replaced.
// Whether and when there is another tunnel is the uplink's to decide.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import { AgentSession, type AgentSessionObserver } from '@pullway/shared/protocol/agent-session';
import type { GoAway } from '@pullway/shared/protocol/frames';
import type { Hello, Welcome } from '@pullway/shared/protocol/handshake';
import type { Clock } from '@pullway/shared/runtime/clock';
import { pause } from '@pullway/shared/runtime/pause';
import type { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import { Tunnel, type TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import { DRAIN_POLL_MS, DRAIN_SETTLE_MS } from '../limits.ts';
import type { DialledSocket } from './dial.ts';

/** Takes the exchanges that proxies open. */
export type ExchangeAcceptor = Pick<AgentSessionObserver, 'scrapeRequested' | 'streamRequested'>;

/** What is announced: all of it to a new tunnel, then what changes. */
export interface AnnouncedSet {
  snapshot(): readonly AnnouncedTarget[];
}

export interface TargetDelta {
  readonly add: readonly AnnouncedTarget[];
  readonly remove: readonly number[];
}

export interface AgentTunnelParts {
  readonly clock: Clock;
  readonly heartbeat: Heartbeat;
  readonly targets: AnnouncedSet;
  readonly acceptor: ExchangeAcceptor;
}

export interface AgentTunnelObserver {
  /** The proxy has accepted this agent. */
  welcomed(welcome: Welcome): void;
}

export class AgentTunnel {
  readonly #tunnel: Tunnel<AgentSession>;
  readonly #parts: AgentTunnelParts;
  readonly #ended = Promise.withResolvers<TunnelEnd>();
  readonly #leaving = Promise.withResolvers<GoAway>();
  #welcome: Welcome | undefined;
  #welcomedAt: number | undefined;

  constructor(dialled: DialledSocket, hello: Hello, parts: AgentTunnelParts, observer: AgentTunnelObserver) {
    this.#parts = parts;
    this.#tunnel = new Tunnel<AgentSession>({
      socket: dialled.socket,
      now: () => parts.clock.now(),
      createSession: (options) =>
        new AgentSession(hello, options, {
          scrapeRequested: (exchange, head) => parts.acceptor.scrapeRequested(exchange, head),
          streamRequested: (exchange, head) => parts.acceptor.streamRequested(exchange, head),
          goingAway: (goAway) => this.#leaving.resolve(goAway),
          welcomed: (welcome) => {
            this.#announceAll(welcome);
            observer.welcomed(welcome);
          },
        }),
      ended: (end) => {
        parts.heartbeat.delete(this.#tunnel);
        this.#ended.resolve(end);
      },
    });
    dialled.observe(this.#tunnel);
  }

  /** Says HELLO; once. */
  start(): void {
    this.#parts.heartbeat.add(this.#tunnel);
    this.#tunnel.session.greet();
  }

  /** The connection is over. */
  get ended(): Promise<TunnelEnd> {
    return this.#ended.promise;
  }

  /** The proxy asked this agent to connect anew; resolves never when it does not. */
  get leaving(): Promise<GoAway> {
    return this.#leaving.promise;
  }

  /** What the proxy said of itself; undefined before. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  get isUp(): boolean {
    return this.#welcome !== undefined && !this.#tunnel.isOver;
  }

  get openExchanges(): number {
    return this.#tunnel.session.openExchanges;
  }

  /** Smallest round trip seen, in milliseconds. */
  get minRoundTripMs(): number | undefined {
    return this.#tunnel.session.minRoundTripMs;
  }

  /** Milliseconds since the proxy accepted this agent; 0 before. */
  get ageMs(): number {
    return this.#welcomedAt === undefined ? 0 : this.#parts.clock.now() - this.#welcomedAt;
  }

  announce({ add, remove }: TargetDelta): void {
    if (this.isUp && add.length + remove.length > 0) this.#tunnel.session.announce({ snapshot: false, add, remove });
  }

  /**
   * Asks the proxy for no further exchanges, lets those that run finish, then closes. Cuts what is left when `signal` fires.
   *
   *     GOAWAY ──► one round trip: requests may still be on their way ──► no exchange open ──► close
   */
  async close(reason: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.isUp) this.#tunnel.session.sendGoAway({ reason, reconnectAfterMs: 0 });
    const settledAt = this.#parts.clock.now() + DRAIN_SETTLE_MS + 2 * (this.minRoundTripMs ?? 0);
    const isBusy = (): boolean => this.openExchanges > 0 || this.#parts.clock.now() < settledAt;
    while (this.isUp && isBusy() && !signal.aborted) await pause(this.#parts.clock, DRAIN_POLL_MS, signal);
    if (signal.aborted) this.abort(new Error(reason));
    else this.#tunnel.close('stopped', reason);
    await this.ended;
  }

  /** Cuts the connection; exchanges that still run fail. */
  abort(error: Error): void {
    this.#tunnel.abort(error);
  }

  #announceAll(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#welcomedAt = this.#parts.clock.now();
    this.#tunnel.session.announce({ snapshot: true, add: this.#parts.targets.snapshot(), remove: [] });
  }
}
