// One attempt to open the WebSocket of a tunnel: files and addresses are read anew, so that a rotated token, a moved name
// or a repaired certificate counts from the next attempt on. What runs inside the WebSocket is not known here.

import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, type ClientOptions } from 'ws';
import { SUBPROTOCOL } from '@pullway/shared/protocol/handshake';
import { MAX_FRAME_BYTES } from '@pullway/shared/protocol/limits';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { FrameSocket, FrameSocketObserver } from '@pullway/shared/tunnel/frame-socket';
import { WebSocketFrames } from '@pullway/shared/tunnel/web-socket';
import { DIAL_TIMEOUT_MS, MAX_CREDENTIAL_FILE_BYTES } from '../limits.ts';
import { connectionFailed, DialError, fileUnusable, subprotocolMissing, upgradeRefused } from './dial-error.ts';
import { outboundProxy, type ProxyEnvironment } from './outbound-proxy.ts';

/** An open connection on which nothing is received before observe(). */
export interface DialledSocket {
  readonly socket: FrameSocket;
  /** Begins to tell `observer`; to be called at once, and once. */
  observe(observer: FrameSocketObserver): void;
}

export interface Dialer {
  /** @throws DialError when no connection came about, or `signal` was aborted. */
  dial(signal: AbortSignal): Promise<DialledSocket>;
}

/** Files by which the agent proves who it is, and by which it knows the proxy. */
export interface DialFiles {
  readonly token: string | undefined;
  /** Authorities instead of those that Node ships. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface WebSocketDialerOptions {
  /** `ws:` or `wss:`. */
  readonly url: URL;
  readonly files: DialFiles;
  readonly userAgent: string;
  readonly environment: ProxyEnvironment;
  readonly clock: Clock;
}

export class WebSocketDialer implements Dialer {
  readonly #options: WebSocketDialerOptions;

  constructor(options: WebSocketDialerOptions) {
    this.#options = options;
  }

  async dial(signal: AbortSignal): Promise<DialledSocket> {
    const options = await this.#clientOptions();
    if (signal.aborted) throw stopped();
    return openWebSocket(this.#options, options, signal);
  }

  async #clientOptions(): Promise<ClientOptions> {
    const { url, files, userAgent, environment } = this.#options;
    const [token, ca, cert, key] = await Promise.all(
      [files.token, files.ca, files.cert, files.key].map(readCredential),
    );
    const proxy = outboundProxy(url, environment);
    return {
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      followRedirects: false,
      headers: { 'User-Agent': userAgent, ...(token === undefined ? {} : { Authorization: `Bearer ${token.trim()}` }) },
      // Over TLS nobody in between can see or choose what is masked, and `ws` skips a zero key: a quarter of the CPU for a body of 13 kB.
      ...(url.protocol === 'wss:' ? { generateMask: (mask: Buffer) => mask.fill(0) } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(proxy === undefined ? {} : { agent: await outboundAgent(proxy) }),
    };
  }
}

/** Loaded only where an outbound proxy is set: most agents need not pay for it. */
async function outboundAgent(proxy: URL) {
  const { OutboundAgent } = await import('./outbound-agent.ts');
  return new OutboundAgent(proxy);
}

async function readCredential(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    const text = await readFile(file, 'utf8');
    if (text.length <= MAX_CREDENTIAL_FILE_BYTES) return text;
  } catch (error) {
    throw fileUnusable(file, error);
  }
  throw fileUnusable(file, new Error(`it is larger than ${MAX_CREDENTIAL_FILE_BYTES} bytes`));
}

function openWebSocket(
  { url, clock }: WebSocketDialerOptions,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<DialledSocket> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url, [SUBPROTOCOL], options);
    let connection: Duplex | undefined;
    const giveUp = (error: DialError): void => {
      reject(error);
      webSocket.terminate();
    };
    const deadline = clock.after(DIAL_TIMEOUT_MS, () => giveUp(tooSlow()));
    const abort = (): void => giveUp(stopped());
    signal.addEventListener('abort', abort, { once: true });
    webSocket.on('upgrade', (response: IncomingMessage) => {
      connection = response.socket;
      if (response.headers['sec-websocket-protocol'] === undefined) giveUp(subprotocolMissing());
    });
    webSocket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) =>
      giveUp(upgradeRefused(answerOf(response))),
    );
    webSocket.on('error', (error) => reject(connectionFailed(error)));
    webSocket.once('open', () => {
      if (connection !== undefined) resolve(paused(webSocket, connection));
    });
    const settle = (): void => {
      deadline.cancel();
      signal.removeEventListener('abort', abort);
    };
    webSocket.once('open', settle);
    webSocket.once('close', settle);
  });
}

/** A frame may follow the upgrade at once; without the pause it would be emitted before the caller of dial() can listen. */
function paused(webSocket: WebSocket, connection: Duplex): DialledSocket {
  webSocket.pause();
  const socket = new WebSocketFrames(webSocket, connection);
  return {
    socket,
    observe: (observer) => {
      socket.observe(observer);
      webSocket.resume();
    },
  };
}

function answerOf(response: IncomingMessage) {
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    contentType: response.headers['content-type'] ?? '',
    location: response.headers.location,
  };
}

function tooSlow(): DialError {
  return new DialError(`no WebSocket within ${DIAL_TIMEOUT_MS / 1000} s`, 'with-backoff');
}

function stopped(): DialError {
  return new DialError('the agent stops', 'with-backoff');
}
