// The door for agents: a WebSocket upgrade with a token becomes a tunnel. All refusals come before the WebSocket, as plain HTTP,
// but for the one that the protocol wants as a close code. It must not know what agents announce.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { SUBPROTOCOL } from '@pullway/shared/protocol/handshake';
import { MAX_FRAME_BYTES } from '@pullway/shared/protocol/limits';
import { CLOSE_REASONS } from '@pullway/shared/protocol/protocol-error';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import { Tunnel } from '@pullway/shared/tunnel/tunnel';
import { WebSocketFrames } from '@pullway/shared/tunnel/web-socket';
import type { AgentAccess, AgentIdentity } from '../access/agent-access.ts';
import { MAX_TUNNELS, MAX_TUNNELS_IN_HANDSHAKE } from '../limits.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import { AgentHandshake } from './agent-handshake.ts';
import type { Fleet } from './fleet.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

export interface TunnelAcceptorOptions {
  /** Path of the tunnel endpoint, route prefix included. */
  readonly path: string;
  readonly access: AgentAccess;
  readonly fleet: Fleet;
  readonly heartbeat: Heartbeat;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: FleetMetrics;
}

/** At most one line about refused agents in so long, in milliseconds: a flood of wrong tokens must not become a flood of lines. */
const LOG_REFUSAL_EVERY_MS = 1_000;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

export class TunnelAcceptor {
  readonly #options: TunnelAcceptorOptions;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #inHandshake = new Set<Tunnel<ProxySession>>();
  #open = 0;
  #isClosed = false;
  #lastLoggedAt = -Infinity;

  constructor(options: TunnelAcceptorOptions) {
    this.#options = options;
  }

  /** Takes no further tunnel; those that are welcome already go on. */
  close(): void {
    this.#isClosed = true;
    // One that said HELLO only now would be welcomed by a replica that leaves, after the others were sent away, and keep it from stopping.
    for (const tunnel of this.#inHandshake) tunnel.close('draining', 'this replica is stopping');
  }

  /** Answers an upgrade request; never throws. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url?.split('?', 1)[0] !== this.#options.path) return refuseUpgrade(socket, '404 Not Found');
    if (this.#isClosed) return refuseUpgrade(socket, '503 this replica is stopping', ['Retry-After: 5']);
    const identity = this.#options.access.identify(bearerToken(request.headers.authorization));
    if (identity === undefined) return this.#refuseStranger(request, socket);
    if (this.#open >= MAX_TUNNELS || this.#inHandshake.size >= MAX_TUNNELS_IN_HANDSHAKE) {
      this.#options.metrics.agentRefused('busy');
      return refuseUpgrade(socket, '503 this replica takes no further tunnel now', ['Retry-After: 10']);
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#openTunnel(webSocket, socket, identity, remoteAddress(request));
    });
  }

  #openTunnel(webSocket: WebSocket, socket: Duplex, identity: AgentIdentity, remoteAddress: string): void {
    const { fleet, heartbeat, clock } = this.#options;
    const frames = new WebSocketFrames(webSocket, socket);
    const handshake = new AgentHandshake({
      fleet,
      identity,
      remoteAddress,
      over: () => this.#inHandshake.delete(tunnel),
    });
    const tunnel = new Tunnel<ProxySession>({
      socket: frames,
      now: () => clock.now(),
      createSession: (options) => new ProxySession(options, handshake),
      ended: (end) => {
        this.#open -= 1;
        heartbeat.delete(tunnel);
        handshake.ended(end);
      },
    });
    this.#open += 1;
    this.#inHandshake.add(tunnel);
    handshake.attach(tunnel);
    heartbeat.add(tunnel);
    frames.observe(tunnel);
    if (webSocket.protocol === SUBPROTOCOL) return;
    tunnel.close('no_common_version', CLOSE_REASONS.no_common_version.meaning);
  }

  #refuseStranger(request: IncomingMessage, socket: Duplex): void {
    const { clock, logger, metrics } = this.#options;
    metrics.agentRefused('unauthorised');
    const now = clock.now();
    if (now - this.#lastLoggedAt >= LOG_REFUSAL_EVERY_MS) {
      this.#lastLoggedAt = now;
      const hasToken = request.headers.authorization !== undefined;
      logger.warn({ remote: remoteAddress(request), hasToken }, 'agent refused: no known token');
    }
    refuseUpgrade(socket, '401 the agent token is missing or not known', ['WWW-Authenticate: Bearer realm="pullway"']);
  }
}

function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

function remoteAddress({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}
