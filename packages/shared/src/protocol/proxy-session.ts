// The proxy's end of a tunnel: takes HELLO and targets, opens scrapes and byte streams.

import { AnnouncedTargets, type TargetChange } from './announced-targets.ts';
import { firstWindowBytes, ReceiveWindow } from './credit.ts';
import { encodeConnect, encodeJson, encodeRequest } from './encode.ts';
import type { Exchange } from './exchange.ts';
import type { ConnectHead, ExchangeFrame, GoAway, RequestHead, TunnelFrame } from './frames.ts';
import { negotiate, type Hello, type Welcome } from './handshake.ts';
import { ProtocolError } from './protocol-error.ts';
import { ScrapeExchange, type ScrapeObserver } from './scrape-exchange.ts';
import { Session, type SessionOptions } from './session.ts';
import { StreamExchange, type StreamObserver } from './stream-exchange.ts';

export interface ProxySessionObserver {
  /** The agent has said who it is. Answer with welcome(), or throw ProtocolError to refuse it. */
  helloReceived(hello: Hello): void;
  /** A whole announcement has taken effect. */
  targetsChanged(change: TargetChange): void;
  /** The agent is about to leave: open nothing more. */
  goingAway(goAway: GoAway): void;
}

export class ProxySession extends Session {
  readonly #observer: ProxySessionObserver;
  readonly #targets = new AnnouncedTargets();
  #hello: Hello | undefined;

  constructor(options: SessionOptions, observer: ProxySessionObserver) {
    super(options);
    this.#observer = observer;
  }

  /** Accepts the agent. @throws ProtocolError without a common version, or when there was no HELLO. */
  welcome(identity: Pick<Welcome, 'replica' | 'tunnel'>): void {
    if (this.#hello === undefined || this.isEstablished) throw new ProtocolError('WELCOME out of turn');
    const welcome: Welcome = { ...negotiate(this.#hello), ...identity };
    this.sendControl(encodeJson('welcome', welcome));
    this.establish();
    this.ping();
  }

  /** What the agent has announced; still known after the tunnel is over. */
  get targets(): Pick<AnnouncedTargets, 'size' | 'values'> {
    return this.#targets;
  }

  /** Whether one more exchange may be opened. */
  get hasRoom(): boolean {
    if (!this.isEstablished || this.isPeerLeaving || this.isLost || this.outbox.isCrowded) return false;
    return this.openExchanges < this.#maxExchanges;
  }

  /** Opens a scrape; ask hasRoom first. @throws HeadError for a head that no frame can carry; then nothing was opened. */
  openScrape(head: RequestHead, observer: ScrapeObserver): ScrapeExchange {
    const window = this.#newWindow();
    const id = this.exchanges.nextId();
    const frame = encodeRequest(id, window.size, head);
    const exchange = new ScrapeExchange(id, window, observer, this.ports);
    this.exchanges.add(exchange);
    this.sendControl(frame);
    return exchange;
  }

  /** Opens a byte stream; ask hasRoom first. @throws HeadError for an address that no frame can carry; then nothing was opened. */
  openStream(head: ConnectHead, observer: StreamObserver): StreamExchange {
    const window = this.#newWindow();
    const options = { side: 'opener', window, sendWindowBytes: 0 } as const;
    const id = this.exchanges.nextId();
    const frame = encodeConnect(id, window.size, head);
    const exchange = new StreamExchange(id, options, this.ports);
    exchange.observer = observer;
    this.exchanges.add(exchange);
    this.sendControl(frame);
    return exchange;
  }

  protected override receiveTunnelFrame(frame: TunnelFrame): void {
    switch (frame.type) {
      case 'hello':
        if (this.#hello !== undefined) throw new ProtocolError('a second HELLO');
        this.#hello = frame.hello;
        return this.#observer.helloReceived(frame.hello);
      case 'targets': {
        const change = this.#targets.receive(frame.announcement);
        if (change !== undefined) this.#observer.targetsChanged(change);
        return;
      }
      default:
        throw new ProtocolError(`${frame.type} from an agent`);
    }
  }

  protected override receiveOpening(frame: ExchangeFrame): void {
    throw new ProtocolError(`${frame.type} from an agent`);
  }

  protected override goingAway(goAway: GoAway): void {
    this.#observer.goingAway(goAway);
  }

  protected override orphans(newestSeen: number, open: readonly number[]): readonly Exchange[] {
    return this.exchanges.unlistedUpTo(newestSeen, open);
  }

  /** Exchanges at a time that the agent takes; none before it has said so. */
  get #maxExchanges(): number {
    return this.#hello?.maxExchanges ?? 0;
  }

  #newWindow(): ReceiveWindow {
    const first = firstWindowBytes(this.#maxExchanges);
    return new ReceiveWindow(first, this.growth, this.options.now());
  }
}
