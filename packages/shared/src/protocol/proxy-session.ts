// The proxy's end of a tunnel: takes HELLO and targets, opens scrapes and byte streams.

import { AnnouncedTargets, type TargetChange } from './announced-targets.ts';
import { firstWindowBytes, ReceiveWindow } from './credit.ts';
import { encodeConnect, encodeJson, encodeRequest } from './encode.ts';
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

  /** Whether one more exchange may be opened. */
  get hasRoom(): boolean {
    return this.#hello !== undefined && this.openExchanges < this.#hello.maxExchanges && !this.isPeerLeaving;
  }

  /** Opens a scrape; ask hasRoom first. */
  openScrape(head: RequestHead, observer: ScrapeObserver): ScrapeExchange {
    const window = this.#newWindow();
    const exchange = new ScrapeExchange(this.exchanges.nextId(), window, observer, this.ports);
    this.exchanges.add(exchange);
    this.sendControl(encodeRequest(exchange.id, window.size, head));
    return exchange;
  }

  /** Opens a byte stream; ask hasRoom first. */
  openStream(head: ConnectHead, observer: StreamObserver): StreamExchange {
    const window = this.#newWindow();
    const options = { side: 'opener', window, sendWindowBytes: 0 } as const;
    const exchange = new StreamExchange(this.exchanges.nextId(), options, this.ports);
    exchange.observer = observer;
    this.exchanges.add(exchange);
    this.sendControl(encodeConnect(exchange.id, window.size, head));
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

  #newWindow(): ReceiveWindow {
    const first = firstWindowBytes(this.#hello?.maxExchanges ?? 1);
    return new ReceiveWindow(first, this.growth, this.options.now());
  }
}
