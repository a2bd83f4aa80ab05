// A proxy in simulated time: a dialer whose connections end in real sessions, and which can refuse, displace and send away.

import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import type { Hello } from '@pullway/shared/protocol/handshake';
import { ProtocolError, type CloseName } from '@pullway/shared/protocol/protocol-error';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import { Tunnel, type TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import type { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { SimulatedLink } from '../../../shared/test/support/simulated-link.ts';
import { DialError } from '../../src/uplink/dial-error.ts';
import type { DialledSocket, Dialer } from '../../src/uplink/dial.ts';

/** One tunnel as the proxy sees it. */
export class SimulatedProxyTunnel {
  readonly link: SimulatedLink;
  readonly tunnel: Tunnel<ProxySession>;
  hello: Hello | undefined;
  end: TunnelEnd | undefined;
  announcements = 0;
  goAways = 0;

  constructor(clock: SimulatedClock, refusal: CloseName | undefined, id: number) {
    this.link = new SimulatedLink({ clock, delayMs: 5 });
    this.tunnel = new Tunnel<ProxySession>({
      socket: this.link.left,
      now: () => clock.now(),
      defer: (step) => void clock.after(0, step),
      createSession: (options) =>
        new ProxySession(options, {
          helloReceived: (hello) => {
            this.hello = hello;
            if (refusal !== undefined) throw new ProtocolError('as the test wants it', refusal);
            this.tunnel.session.welcome({ replica: `r${id}`, tunnel: `t${id}` });
          },
          targetsChanged: () => void (this.announcements += 1),
          goingAway: () => void (this.goAways += 1),
        }),
      ended: (end) => void (this.end = end),
    });
    this.link.left.observe(this.tunnel);
  }

  get targets(): readonly AnnouncedTarget[] {
    return [...this.tunnel.session.targets.values()];
  }

  get addresses(): readonly string[] {
    return this.targets.map(({ address }) => address);
  }

  get isOpen(): boolean {
    return this.end === undefined;
  }
}

export class SimulatedProxy implements Dialer {
  readonly #clock: SimulatedClock;
  readonly tunnels: SimulatedProxyTunnel[] = [];
  /** When attempts to connect were made, in milliseconds. */
  readonly dialledAt: number[] = [];
  /** What is said to the next attempts instead of an upgrade. */
  dialError: DialError | undefined;
  /** With what HELLO is answered instead of WELCOME. */
  refusal: CloseName | undefined;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  async dial(signal: AbortSignal): Promise<DialledSocket> {
    this.dialledAt.push(this.#clock.now());
    if (signal.aborted) throw new DialError('stopped', 'with-backoff');
    if (this.dialError !== undefined) throw this.dialError;
    const tunnel = new SimulatedProxyTunnel(this.#clock, this.refusal, this.tunnels.length + 1);
    this.tunnels.push(tunnel);
    return { socket: tunnel.link.right, observe: (observer) => tunnel.link.right.observe(observer) };
  }

  tunnelAt(index: number): SimulatedProxyTunnel {
    const tunnel = this.tunnels.at(index);
    if (tunnel === undefined) throw new Error(`there is no tunnel ${index}`);
    return tunnel;
  }
}
