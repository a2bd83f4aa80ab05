// One tunnel without its socket: frames in, frames out, observers told. The half that both roles share.
// It knows no WebSocket, no timer and no clock: `now` is handed in, in milliseconds that never go back.

import { GrowthBudget } from './credit.ts';
import { decodeFrame } from './decode.ts';
import { encodeJson, encodePayload, encodeReconcile } from './encode.ts';
import type { Exchange, ExchangePorts } from './exchange.ts';
import { ExchangeMap } from './exchange-map.ts';
import type { ExchangeFrame, Frame, GoAway, TunnelFrame } from './frames.ts';
import { Keepalive } from './keepalive.ts';
import { HANDSHAKE_TIMEOUT_MS, PING_BYTES, RECONCILE_EVERY_MS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { ProtocolError } from './protocol-error.ts';

const EXCHANGE_FRAME_TYPES: ReadonlySet<Frame['type']> = new Set([
  'request',
  'connect',
  'response',
  'connected',
  'data',
  'credit',
  'cancel',
  'failure',
]);

export interface SessionOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** There may be something to send: ask nextFrame() soon. */
  readonly wake: () => void;
}

export abstract class Session {
  protected readonly outbox = new Outbox();
  protected readonly exchanges = new ExchangeMap();
  protected readonly growth = new GrowthBudget();
  protected readonly ports: ExchangePorts;
  protected readonly options: SessionOptions;
  readonly #keepalive: Keepalive;
  readonly #startedAt: number;
  #lastReconciledAt: number;
  #isEstablished = false;
  #isPeerLeaving = false;
  #isLost = false;

  constructor(options: SessionOptions) {
    this.options = options;
    this.#startedAt = options.now();
    this.#lastReconciledAt = this.#startedAt;
    this.#keepalive = new Keepalive(this.#startedAt);
    this.ports = {
      sendControl: (frame) => this.sendControl(frame),
      requestTurn: (exchange) => {
        this.outbox.requestTurn(exchange);
        options.wake();
      },
      forget: (exchange) => this.exchanges.delete(exchange),
      now: options.now,
      minRoundTripMs: () => this.#keepalive.minRoundTripMs,
    };
  }

  /** Frames of the handshake and those that only one role receives. @throws ProtocolError for all others. */
  protected abstract receiveTunnelFrame(frame: TunnelFrame): void;
  /** REQUEST and CONNECT. @throws ProtocolError at the end that opens. */
  protected abstract receiveOpening(frame: ExchangeFrame & { readonly type: 'request' | 'connect' }): void;
  protected abstract goingAway(goAway: GoAway): void;
  /** Exchanges of which the peer's RECONCILE shows that it no longer knows them. */
  protected abstract orphans(newestSeen: number, open: readonly number[]): readonly Exchange[];

  /** HELLO and WELCOME have been exchanged. */
  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** The peer sent GOAWAY: nothing new may be opened. */
  get isPeerLeaving(): boolean {
    return this.#isPeerLeaving;
  }

  /** lose() was called: nothing new may be opened, since nothing would ever end it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get openExchanges(): number {
    return this.exchanges.size;
  }

  /** Smallest round trip seen, in milliseconds. */
  get minRoundTripMs(): number | undefined {
    return this.#keepalive.minRoundTripMs;
  }

  /** Milliseconds since the peer was last heard. */
  get silentForMs(): number {
    return this.#keepalive.silentForMs(this.options.now());
  }

  /** Bytes by which receive windows may still grow; all of them when no exchange is open. */
  get growthLeftBytes(): number {
    return this.growth.left;
  }

  /** Takes in one message. @throws ProtocolError: then the tunnel must be closed with its code. */
  receive(message: Uint8Array): void {
    this.#checkPeerReads();
    this.#keepalive.received(this.options.now());
    const frame = decodeFrame(message);
    if (frame === undefined) return;
    if (isExchangeFrame(frame)) this.#receiveExchangeFrame(frame);
    else this.#receiveTunnelFrame(frame);
  }

  /** The next frame for the socket, or undefined when there is nothing that may be sent. */
  nextFrame(): Uint8Array | undefined {
    return this.outbox.next();
  }

  /**
   * To be called about once a second. Sends PING and RECONCILE when they are due.
   * @returns 'dead' when the peer was silent for too long: cut the connection and call lose().
   * @throws ProtocolError when the handshake takes too long, or the peer does not read.
   */
  tick(): 'alive' | 'dead' {
    this.#checkPeerReads();
    const now = this.options.now();
    const liveness = this.#keepalive.check(now);
    if (liveness === 'dead') return 'dead';
    if (!this.#isEstablished) {
      if (now - this.#startedAt < HANDSHAKE_TIMEOUT_MS) return 'alive';
      throw new ProtocolError('the handshake took too long', 'handshake_timeout');
    }
    if (liveness === 'ask' || this.#isWorthMeasuring) this.ping();
    if (now - this.#lastReconciledAt >= RECONCILE_EVERY_MS) this.#reconcile(now);
    return 'alive';
  }

  /** Tells the peer that this end will soon close. Nothing is sent before the handshake is over, when nothing runs that must be finished. */
  sendGoAway(goAway: GoAway): void {
    if (this.#isEstablished) this.sendControl(encodeJson('go_away', goAway));
  }

  /** The connection is gone: every exchange fails with `tunnel_lost`. Idempotent. */
  lose(message: string): void {
    this.#isLost = true;
    for (const exchange of this.exchanges.all()) exchange.lose(message);
  }

  protected establish(): void {
    this.#isEstablished = true;
  }

  protected ping(): void {
    const token = Buffer.alloc(PING_BYTES);
    token.writeUInt32BE(this.#keepalive.asked(this.options.now()), 4);
    this.sendControl(encodePayload('ping', token));
  }

  protected sendControl(frame: Uint8Array): void {
    this.outbox.pushControl(frame);
    this.options.wake();
  }

  /** Checked here and not where frames are queued, so that no call of this end can throw for a fault of the peer. */
  #checkPeerReads(): void {
    if (this.outbox.isOverfull) throw new ProtocolError('the peer does not read');
  }

  #receiveTunnelFrame(frame: TunnelFrame): void {
    if (frame.type !== 'hello' && frame.type !== 'welcome' && !this.#isEstablished) {
      throw new ProtocolError(`${frame.type} before the handshake was over`);
    }
    switch (frame.type) {
      case 'ping':
        return this.sendControl(encodePayload('pong', frame.token));
      case 'pong':
        return this.#keepalive.answered(questionOf(frame.token), this.options.now());
      case 'reconcile':
        return this.#endOrphans(this.orphans(frame.newestSeen, frame.open));
      case 'go_away':
        this.#isPeerLeaving = true;
        return this.goingAway(frame.goAway);
      default:
        return this.receiveTunnelFrame(frame);
    }
  }

  #receiveExchangeFrame(frame: ExchangeFrame): void {
    if (!this.#isEstablished) throw new ProtocolError(`${frame.type} before the handshake was over`);
    if (frame.type === 'request' || frame.type === 'connect') return this.receiveOpening(frame);
    // An exchange that is over: the frame crossed its end on the way.
    this.exchanges.find(frame.exchange)?.receive(frame);
  }

  /** Windows grow by the round trip. The first one was measured while both processes were starting up, and is often much too long. */
  get #isWorthMeasuring(): boolean {
    return this.openExchanges > 0 && this.#keepalive.isAnswered;
  }

  #reconcile(now: number): void {
    this.#lastReconciledAt = now;
    // A tunnel that is never silent would otherwise measure its round trip only once.
    this.ping();
    this.sendControl(encodeReconcile(this.exchanges.newest, this.exchanges.ids));
  }

  #endOrphans(orphans: readonly Exchange[]): void {
    for (const orphan of orphans) orphan.lose('the other end no longer knows this exchange');
  }
}

/** The number that ping() wrote; whatever else a peer sends matches no question. */
function questionOf(token: Uint8Array): number {
  return Buffer.from(token.buffer, token.byteOffset, token.byteLength).readUInt32BE(4);
}

function isExchangeFrame(frame: Frame): frame is ExchangeFrame {
  return EXCHANGE_FRAME_TYPES.has(frame.type);
}
