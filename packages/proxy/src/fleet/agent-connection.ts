// One live tunnel of one agent, and who that agent says it is. It must not know other agents.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { Hello } from '@pullway/shared/protocol/handshake';
import type { ProxySession } from '@pullway/shared/protocol/proxy-session';
import type { Tunnel } from '@pullway/shared/tunnel/tunnel';
import type { AgentIdentity } from '../access/agent-access.ts';

export interface AgentConnectionOptions {
  readonly hello: Hello;
  readonly tunnel: Tunnel<ProxySession>;
  readonly tunnelId: string;
  readonly identity: AgentIdentity;
  /** Of the WebSocket's other end, for people. */
  readonly remoteAddress: string;
}

export class AgentConnection {
  readonly name: string;
  /** Empty when the agent belongs to none. */
  readonly cluster: string;
  /** Random, new at each start of the agent. */
  readonly instance: string;
  /** Of the agent program. */
  readonly version: string;
  readonly tunnel: Tunnel<ProxySession>;
  readonly tunnelId: string;
  readonly remoteAddress: string;
  readonly connectedAt = new Date();
  /** The credential that the tunnel was opened with. */
  readonly identity: AgentIdentity;
  /** Whether a first announcement has taken effect: from then on the tunnel serves. */
  hasAnnounced = false;
  /** Targets at addresses of another cluster: announced, and never served. */
  readonly #foreign = new Set<AnnouncedTarget>();

  constructor({ hello, tunnel, tunnelId, identity, remoteAddress }: AgentConnectionOptions) {
    this.name = hello.name;
    this.cluster = hello.cluster;
    this.instance = hello.instance;
    this.version = hello.version;
    this.tunnel = tunnel;
    this.tunnelId = tunnelId;
    this.remoteAddress = remoteAddress;
    this.identity = identity;
  }

  /** The agent is about to leave: what runs is finished, nothing new is opened. */
  get isDraining(): boolean {
    return this.tunnel.session.isPeerLeaving;
  }

  /** `target` is at an address that another cluster holds. */
  refuse(target: AnnouncedTarget): void {
    this.#foreign.add(target);
  }

  /** Those of `targets`, which the agent no longer announces, that were served. */
  release(targets: readonly AnnouncedTarget[]): readonly AnnouncedTarget[] {
    return this.#foreign.size === 0 ? targets : targets.filter((target) => !this.#foreign.delete(target));
  }

  /** All targets of the tunnel without those that were refused; still known after it is over. */
  get servedTargets(): Iterable<AnnouncedTarget> {
    const all = this.tunnel.session.targets.values();
    return this.#foreign.size === 0 ? all : [...all].filter((target) => !this.#foreign.has(target));
  }

  /** How many targets were refused and are still announced. */
  get refusedTargets(): number {
    return this.#foreign.size;
  }

  get openExchanges(): number {
    return this.tunnel.session.openExchanges;
  }
}
