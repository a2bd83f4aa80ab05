// One tunnel from its WebSocket to its end, as the session tells it: HELLO joins the fleet, announcements and the end go to it.

import type { TargetChange } from '@pullway/shared/protocol/announced-targets';
import type { Hello } from '@pullway/shared/protocol/handshake';
import type { ProxySession, ProxySessionObserver } from '@pullway/shared/protocol/proxy-session';
import type { Tunnel, TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import type { AgentIdentity } from '../access/agent-access.ts';
import type { AgentConnection } from './agent-connection.ts';
import type { Fleet } from './fleet.ts';

export interface AgentHandshakeOptions {
  readonly fleet: Fleet;
  readonly identity: AgentIdentity;
  readonly remoteAddress: string;
  /** The handshake is over, one way or the other; told exactly once. */
  readonly over: () => void;
}

export class AgentHandshake implements ProxySessionObserver {
  readonly #options: AgentHandshakeOptions;
  #tunnel: Tunnel<ProxySession> | undefined;
  #connection: AgentConnection | undefined;
  #isOver = false;

  constructor(options: AgentHandshakeOptions) {
    this.#options = options;
  }

  /** The tunnel that this handshake is held over; before its first frame. */
  attach(tunnel: Tunnel<ProxySession>): void {
    this.#tunnel = tunnel;
  }

  helloReceived(hello: Hello): void {
    const { fleet, identity, remoteAddress } = this.#options;
    const tunnel = this.#tunnel;
    if (tunnel === undefined) throw new Error('HELLO before there was a tunnel');
    this.#finish();
    this.#connection = fleet.join({ hello, tunnel, identity, remoteAddress });
  }

  targetsChanged(change: TargetChange): void {
    if (this.#connection !== undefined) this.#options.fleet.announced(this.#connection, change);
  }

  /** The session itself opens nothing more; the agent is listed until its tunnel ends. */
  goingAway(): void {}

  ended(end: TunnelEnd): void {
    this.#finish();
    if (this.#connection !== undefined) this.#options.fleet.ended(this.#connection, end);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.over();
  }
}
