// The way to one proxy: a supervised loop that never gives up and keeps one tunnel, or two while one replaces the other.
// It knows when to connect; how, and what runs inside, is not its business.

import type { GoAway } from '@pullway/shared/protocol/frames';
import type { Hello } from '@pullway/shared/protocol/handshake';
import type { Logger } from '@pullway/shared/runtime/logger';
import { pause } from '@pullway/shared/runtime/pause';
import { MAX_RECONNECT_DELAY_MS, PROVEN_AFTER_MS } from '../limits.ts';
import { AgentTunnel, type AgentTunnelParts, type TargetDelta } from './agent-tunnel.ts';
import { Backoff } from './backoff.ts';
import { DialError } from './dial-error.ts';
import type { Dialer } from './dial.ts';
import { dialSetback, endSetback, type ReconnectReason, type Setback } from './reconnect.ts';

/** How an uplink fares, for readiness, metrics and the status page. */
export interface UplinkStatus {
  /** The proxy, as it was configured. */
  readonly proxy: string;
  readonly isConnected: boolean;
  /** The proxy refused this agent, or lets another one serve; further attempts come once a minute only. */
  readonly isRefused: boolean;
  /** Why there is no tunnel, or to which replica there is one. */
  readonly detail: string;
  readonly minRoundTripMs: number | undefined;
  readonly reconnects: ReadonlyMap<ReconnectReason, number>;
}

export interface UplinkOptions extends AgentTunnelParts {
  readonly proxy: string;
  readonly dialer: Dialer;
  readonly hello: Omit<Hello, 'standby'>;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** Nobody hurries a tunnel that is replaced: its proxy closes it when its own grace time is over. */
const NEVER = new AbortController().signal;

type Episode =
  | { readonly kind: 'setback'; readonly setback: Setback }
  | { readonly kind: 'leaving'; readonly goAway: GoAway; readonly tunnel: AgentTunnel };

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #reconnects = new Map<ReconnectReason, number>();
  /** Newest last; more than one while an old one lets its exchanges finish. */
  #tunnels: readonly AgentTunnel[] = [];
  #setback: Setback | undefined;
  #isStandby = false;
  #loop: Promise<void> | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  start(): void {
    this.#loop ??= this.#run(this.#stopping.signal);
  }

  get status(): UplinkStatus {
    const tunnel = this.#tunnels.findLast(({ isUp }) => isUp);
    const isRefused = tunnel === undefined && this.#setback !== undefined && this.#setback.reconnect !== 'with-backoff';
    return {
      proxy: this.#options.proxy,
      isConnected: tunnel !== undefined,
      isRefused,
      detail:
        tunnel?.welcome === undefined ? (this.#setback?.message ?? 'connecting') : `replica ${tunnel.welcome.replica}`,
      minRoundTripMs: tunnel?.minRoundTripMs,
      reconnects: this.#reconnects,
    };
  }

  announce(delta: TargetDelta): void {
    for (const tunnel of this.#tunnels) tunnel.announce(delta);
  }

  /** Lets running exchanges finish, until `signal` fires, and stays away. Idempotent. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#tunnels.map((tunnel) => tunnel.close('the agent stops', { signal })));
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const episode = await this.#connectAndServe(signal);
      if (signal.aborted) return;
      await (episode.kind === 'leaving' ? this.#waitToMove(episode, signal) : this.#waitAfter(episode.setback, signal));
    }
  }

  /** Until there is no tunnel, or the one there is has to be replaced. Never rejects: this loop is all that brings an agent back. */
  async #connectAndServe(signal: AbortSignal): Promise<Episode> {
    try {
      const tunnel = await this.#open(signal);
      const episode = await Promise.race([
        tunnel.ended.then((end): Episode => ({ kind: 'setback', setback: endSetback(end) })),
        tunnel.leaving.then((goAway): Episode => ({ kind: 'leaving', goAway, tunnel })),
      ]);
      if (tunnel.ageMs >= PROVEN_AFTER_MS) this.#backoff.reset();
      return episode;
    } catch (error) {
      const cause = error instanceof DialError ? error : new DialError(String(error), 'with-backoff', { cause: error });
      return { kind: 'setback', setback: dialSetback(cause) };
    }
  }

  async #open(signal: AbortSignal): Promise<AgentTunnel> {
    const { dialer, hello, proxy, logger } = this.#options;
    const dialled = await dialer.dial(signal);
    if (signal.aborted) {
      dialled.socket.cut();
      throw new DialError('the agent stops', 'with-backoff');
    }
    const tunnel: AgentTunnel = new AgentTunnel(dialled, { ...hello, standby: this.#isStandby }, this.#options, {
      welcomed: ({ replica, tunnel: id }) => {
        this.#setback = undefined;
        logger.info({ proxy, replica, tunnel: id }, 'tunnel is up');
        this.#retireAllBut(tunnel);
      },
    });
    this.#tunnels = [...this.#tunnels, tunnel];
    void tunnel.ended.then(() => {
      this.#tunnels = this.#tunnels.filter((other) => other !== tunnel);
    });
    tunnel.start();
    return tunnel;
  }

  /** Make before break: the tunnels before this one finish what they carry, then close. */
  #retireAllBut(newest: AgentTunnel): void {
    for (const tunnel of this.#tunnels) {
      if (tunnel !== newest) void tunnel.close('replaced by a newer tunnel', { signal: NEVER });
    }
  }

  /**
   * The replica leaves: the old tunnel goes on while a new one is opened, at the time that the replica asked for. One that sends
   * agents away as soon as they come must not be dialled without pause.
   */
  async #waitToMove({ goAway, tunnel }: Episode & { readonly kind: 'leaving' }, signal: AbortSignal): Promise<void> {
    const { proxy, logger, clock } = this.#options;
    this.#count('going_away');
    logger.info(
      { proxy, reason: goAway.reason, reconnect_after_ms: goAway.reconnectAfterMs },
      'the proxy asks to connect anew',
    );
    const pauseMs = tunnel.ageMs < PROVEN_AFTER_MS ? this.#backoff.afterFailure() : 0;
    const delayMs = Math.max(pauseMs, Math.min(goAway.reconnectAfterMs, MAX_RECONNECT_DELAY_MS));
    await Promise.race([pause(clock, delayMs, signal), tunnel.ended]);
  }

  async #waitAfter(setback: Setback, signal: AbortSignal): Promise<void> {
    this.#count(setback.reason);
    this.#isStandby ||= setback.reconnect === 'as-standby';
    const delayMs = setback.reconnect === 'with-backoff' ? this.#backoff.afterFailure() : this.#backoff.afterRefusal();
    this.#report(setback, delayMs);
    this.#setback = setback;
    await pause(this.#options.clock, delayMs, signal);
  }

  /** A setback like the one before is no news. */
  #report(setback: Setback, delayMs: number): void {
    const { proxy, logger } = this.#options;
    const { reason, message } = setback;
    const fields = { proxy, reason, error: message, retry_in_ms: Math.round(delayMs) };
    if (this.#setback?.message === message) return logger.debug(fields, 'still no tunnel');
    if (setback.reconnect === 'after-operator')
      return logger.error(fields, 'the proxy refuses this agent; an operator has to act');
    if (setback.reconnect === 'as-standby')
      return logger.warn(fields, 'another agent with this name serves; waiting for it to leave');
    logger.warn(fields, reason === 'dial_failed' ? 'cannot connect to the proxy' : 'tunnel is down');
  }

  #count(reason: ReconnectReason): void {
    this.#reconnects.set(reason, (this.#reconnects.get(reason) ?? 0) + 1);
  }
}
