// An agent's end of a tunnel over a real WebSocket to 127.0.0.1.

import type { TestContext } from 'node:test';
import { AgentSession, type AgentSessionObserver } from '@pullway/shared/protocol/agent-session';
import type { AnswerExchange } from '@pullway/shared/protocol/answer-exchange';
import type { GoAway, RequestHead } from '@pullway/shared/protocol/frames';
import { SUBPROTOCOL, type Hello, type Welcome } from '@pullway/shared/protocol/handshake';
import type { StreamExchange } from '@pullway/shared/protocol/stream-exchange';
import { Tunnel, type TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import { WebSocketFrames } from '@pullway/shared/tunnel/web-socket';
import { WebSocket } from 'ws';
import { HELLO } from '../../../shared/test/support/joined-tunnels.ts';

export interface DialOptions {
  readonly port: number;
  readonly path?: string;
  readonly token?: string;
  readonly protocols?: readonly string[];
  readonly hello?: Partial<Hello>;
}

export class SocketAgent implements AgentSessionObserver {
  readonly tunnel: Tunnel<AgentSession>;
  readonly welcome = Promise.withResolvers<Welcome>();
  readonly ended = Promise.withResolvers<TunnelEnd>();
  readonly goAways: GoAway[] = [];
  /** Answers a scrape; the default is "up 1". */
  answer: (exchange: AnswerExchange, head: RequestHead) => void = answerUp;

  constructor(frames: WebSocketFrames, hello: Partial<Hello>) {
    this.tunnel = new Tunnel({
      socket: frames,
      now: () => performance.now(),
      createSession: (options) => new AgentSession({ ...HELLO, ...hello }, options, this),
      ended: (end) => this.ended.resolve(end),
    });
    frames.observe(this.tunnel);
    this.tunnel.session.greet();
  }

  welcomed(welcome: Welcome): void {
    this.welcome.resolve(welcome);
  }

  scrapeRequested(exchange: AnswerExchange, head: RequestHead): void {
    this.answer(exchange, head);
  }

  streamRequested(exchange: StreamExchange): void {
    exchange.fail('agent_busy', 'takes no streams here');
  }

  goingAway(goAway: GoAway): void {
    this.goAways.push(goAway);
  }
}

/** Settles with the agent, or with the status with which the proxy refused the WebSocket. */
export function dial(
  t: TestContext,
  { port, path, token, protocols, hello }: DialOptions,
): Promise<SocketAgent | number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const offered = [...(protocols ?? [SUBPROTOCOL])];
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}${path ?? '/tunnel'}`, offered, { headers });
  t.after(() => webSocket.terminate());
  return new Promise((resolve, reject) => {
    webSocket.once('upgrade', ({ socket }) => {
      webSocket.once('open', () => resolve(new SocketAgent(new WebSocketFrames(webSocket, socket), hello ?? {})));
    });
    webSocket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    webSocket.once('error', reject);
  });
}

function answerUp(exchange: AnswerExchange): void {
  exchange.respond({ status: 200, reason: 'OK', headers: ['Content-Type', 'text/plain'] });
  exchange.write(Buffer.from('up 1\n'));
  exchange.end();
}
