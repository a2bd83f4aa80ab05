// The agent's end of a tunnel: says HELLO, announces targets, answers scrapes and byte streams.

import { AnswerExchange } from './answer-exchange.ts';
import { announcementFrames, type Announcement } from './announcement.ts';
import { firstWindowBytes, ReceiveWindow } from './credit.ts';
import { encodeJson, encodePayload } from './encode.ts';
import type { Exchange } from './exchange.ts';
import type { ConnectHead, ExchangeFrame, GoAway, RequestHead, TunnelFrame } from './frames.ts';
import { helloToJson, SUPPORTED_VERSIONS, type Hello, type Welcome } from './handshake.ts';
import { ProtocolError } from './protocol-error.ts';
import { Session, type SessionOptions } from './session.ts';
import { StreamExchange } from './stream-exchange.ts';

export interface AgentSessionObserver {
  /** The proxy has accepted this agent; announce the targets now. */
  welcomed(welcome: Welcome): void;
  /** Set `exchange.observer`, then answer: respond, write, end, or fail. Never block. */
  scrapeRequested(exchange: AnswerExchange, head: RequestHead): void;
  /** Set `exchange.observer`, then accept or fail. */
  streamRequested(exchange: StreamExchange, head: ConnectHead): void;
  /** The replica is about to stop: connect anew; what runs will be finished. */
  goingAway(goAway: GoAway): void;
}

export class AgentSession extends Session {
  readonly #observer: AgentSessionObserver;
  readonly #hello: Hello;

  constructor(hello: Hello, options: SessionOptions, observer: AgentSessionObserver) {
    super(options);
    this.#hello = hello;
    this.#observer = observer;
  }

  /** Sends HELLO; once, when the WebSocket is open. */
  greet(): void {
    this.sendControl(encodeJson('hello', helloToJson(this.#hello)));
  }

  /** Announces a snapshot or a delta; frames are made as the socket takes them. */
  announce(change: Omit<Announcement, 'more'>): void {
    this.outbox.pushAnnouncement(targetFrames(change));
    this.options.wake();
  }

  protected override receiveTunnelFrame(frame: TunnelFrame): void {
    if (frame.type !== 'welcome' || this.isEstablished) throw new ProtocolError(`${frame.type} from a proxy`);
    if (!SUPPORTED_VERSIONS.includes(frame.welcome.version)) {
      throw new ProtocolError(`the proxy chose version ${frame.welcome.version}`, 'no_common_version');
    }
    this.establish();
    this.ping();
    this.#observer.welcomed(frame.welcome);
  }

  protected override receiveOpening(frame: ExchangeFrame & { readonly type: 'request' | 'connect' }): void {
    if (frame.type === 'request') {
      const exchange = new AnswerExchange(frame.exchange, frame.windowBytes, this.ports);
      this.exchanges.addFromPeer(exchange);
      if (this.#isFull()) return exchange.fail('agent_busy', this.#busyMessage());
      return this.#observer.scrapeRequested(exchange, frame.head);
    }
    const window = new ReceiveWindow(firstWindowBytes(this.#hello.maxExchanges), this.growth, this.options.now());
    const options = { side: 'answerer', window, sendWindowBytes: frame.windowBytes } as const;
    const exchange = new StreamExchange(frame.exchange, options, this.ports);
    this.exchanges.addFromPeer(exchange);
    if (this.#isFull()) return exchange.fail('agent_busy', this.#busyMessage());
    this.#observer.streamRequested(exchange, frame.head);
  }

  protected override goingAway(goAway: GoAway): void {
    this.#observer.goingAway(goAway);
  }

  /** The proxy's list is whole: what it opened before, it sent before. */
  protected override orphans(_newestSeen: number, open: readonly number[]): readonly Exchange[] {
    return this.exchanges.unlisted(open);
  }

  #isFull(): boolean {
    return this.openExchanges > this.#hello.maxExchanges;
  }

  #busyMessage(): string {
    return `already has ${this.#hello.maxExchanges} scrapes in flight`;
  }
}

function* targetFrames(change: Omit<Announcement, 'more'>): Generator<Uint8Array> {
  for (const json of announcementFrames(change)) yield encodePayload('targets', json);
}
