// The far end of a tunnel in the hand of a test: sends whatever bytes it is told to, and shows what comes back, frame by frame.
// It keeps no state of the protocol and follows none of its rules, except that it answers PING so that it is not taken for dead.

import type { TestContext } from 'node:test';
import { WebSocket, type RawData } from 'ws';
import { decodeFrame } from '@pullway/shared/protocol/decode';
import { encodeJson, encodePayload } from '@pullway/shared/protocol/encode';
import type { Frame } from '@pullway/shared/protocol/frames';

export interface PeerEnd {
  /** Close code of the WebSocket; 1006 when the connection was cut. */
  readonly code: number;
  readonly reason: string;
}

type FrameOf<Type extends Frame['type']> = Extract<Frame, { readonly type: Type }>;

const FRAME_TIMEOUT_MS = 15_000;

export class TunnelPeer {
  readonly webSocket: WebSocket;
  /** Settles when the connection is over; never rejects. */
  readonly ended: Promise<PeerEnd>;
  readonly #received: Frame[] = [];
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  /** Takes over a WebSocket, before its first message. */
  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('error', () => {});
    webSocket.on('message', (message: RawData) => {
      if (Buffer.isBuffer(message)) this.#take(message);
    });
    this.ended = new Promise((resolve) => {
      webSocket.once('close', (code: number, reason: Buffer) => {
        this.#isOver = true;
        this.#wake();
        resolve({ code, reason: reason.toString('utf8') });
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends `message` as one binary message; in silence nowhere, when the connection is over. */
  send(message: Uint8Array): void {
    this.webSocket.send(message, () => {});
  }

  /** The oldest frame of `type` that was not asked for yet. Throws after 15 s without one, and when the tunnel is over first. */
  async next<Type extends Frame['type']>(type: Type): Promise<FrameOf<Type>> {
    const deadline = AbortSignal.timeout(FRAME_TIMEOUT_MS);
    deadline.addEventListener('abort', () => this.#wake(), { once: true });
    for (;;) {
      const frame = this.#takeFirst(type);
      if (frame !== undefined) return frame;
      if (this.#isOver || deadline.aborted)
        throw new Error(`no ${type} came${this.#isOver ? ': the tunnel is over' : ''}`);
      await this.#changed.promise;
    }
  }

  #takeFirst<Type extends Frame['type']>(type: Type): FrameOf<Type> | undefined {
    const at = this.#received.findIndex((frame) => frame.type === type);
    const [frame] = at === -1 ? [] : this.#received.splice(at, 1);
    return frame !== undefined && isOfType(frame, type) ? frame : undefined;
  }

  #take(message: Buffer): void {
    const frame = decodeFrame(message);
    if (frame?.type === 'ping') return this.send(encodePayload('pong', frame.token));
    if (frame !== undefined) this.#received.push(frame);
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** What a rogue agent says of itself; fields that are given replace those of a proper HELLO. */
export function helloFrame(fields: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const proper = {
    versions: [1],
    features: [],
    name: 'rogue',
    cluster: '',
    instance: crypto.randomUUID(),
    version: '0',
  };
  return encodeJson('hello', { ...proper, standby: false, limits: { maxExchanges: 256 }, ...fields });
}

/** An announcement of `addresses`, each with the path /metrics. */
export function targetsFrame(...addresses: readonly string[]): Uint8Array {
  const add = addresses.map((address, at) => ({ id: at + 1, address, path: '/metrics', labels: { job: 'rogue' } }));
  return encodePayload('targets', Buffer.from(JSON.stringify({ snapshot: true, more: false, add, remove: [] })));
}

export interface DialOptions {
  readonly token?: string;
  readonly subprotocols?: readonly string[];
}

/** Opens a WebSocket to the proxy at `port` as an agent would, and says nothing yet. Throws when the upgrade is refused. */
export async function dialAsAgent(test: TestContext, port: number, options: DialOptions = {}): Promise<TunnelPeer> {
  const { token, subprotocols = ['pullway.v1'] } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/tunnel`, [...subprotocols], {
    headers,
    perMessageDeflate: false,
  });
  test.after(() => webSocket.terminate());
  const peer = new TunnelPeer(webSocket);
  await new Promise<void>((resolve, reject) => webSocket.once('open', () => resolve()).once('error', reject));
  return peer;
}

/** An agent named `name` that was welcomed and has announced `addresses`. */
export async function joinAsAgent(
  test: TestContext,
  port: number,
  name: string,
  addresses: readonly string[],
): Promise<TunnelPeer> {
  const peer = await dialAsAgent(test, port);
  peer.send(helloFrame({ name }));
  await peer.next('welcome');
  peer.send(targetsFrame(...addresses));
  return peer;
}

function isOfType<Type extends Frame['type']>(frame: Frame, type: Type): frame is FrameOf<Type> {
  return frame.type === type;
}
