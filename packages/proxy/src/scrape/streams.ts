// Takes CONNECT requests from the front door: who asks, whether the target is passed through, which tunnel; then lets a Stream run.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@pullway/shared/runtime/logger';
import type { ScraperAccess } from '../access/scraper-access.ts';
import type { Routes, Serving } from '../fleet/routes.ts';
import { chooseServing, diagnoseNoRoom } from './choose-serving.ts';
import { FailingTargets } from './failing-targets.ts';
import { CANNOT_CHECK, type Diagnosis, type Outcome } from './outcomes.ts';
import { refuseSocket } from './refusal.ts';
import { diagnoseRouting } from './routing-diagnosis.ts';
import type { ScrapeMetrics, StreamMetrics } from './scrape-metrics.ts';
import { Stream, type StreamRequest } from './stream.ts';

export interface StreamsOptions {
  readonly routes: Routes;
  readonly access: ScraperAccess;
  readonly metrics: ScrapeMetrics & StreamMetrics;
  readonly logger: Logger;
  /** Byte streams that one replica carries at a time. */
  readonly maxStreams: number;
}

const STOPPING = 'this replica is stopping';

/** A byte stream has no path; this stands for it where failing targets are told apart. */
const NO_PATH = 'CONNECT';

export class Streams {
  readonly #options: StreamsOptions;
  readonly #failing: FailingTargets;
  readonly #running = new Set<Stream>();
  #isClosed = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#failing = new FailingTargets(options.logger);
  }

  /** Answers the CONNECT `request`, of which `asked` says what is wanted. */
  async connect(request: IncomingMessage, asked: StreamRequest): Promise<void> {
    const { socket, address } = asked;
    // A scraper that hangs up before its answer must not end the process.
    socket.on('error', () => socket.destroy());
    const choice = await this.#admit(request.headers['proxy-authorization'], address);
    if (socket.destroyed) return;
    if ('outcome' in choice) return this.#refuse(socket, address, choice);
    this.#run(asked, choice);
  }

  /** Never rejects: nobody would hear it. */
  async #admit(authorization: string | undefined, address: string): Promise<Serving | Diagnosis> {
    try {
      const verdict = await this.#options.access.authenticate(authorization);
      return verdict === 'granted' ? this.#choose(address) : UNAUTHENTICATED;
    } catch {
      return CANNOT_CHECK;
    }
  }

  /** Cuts every stream, and takes none that is still being looked at: one may live for hours, and its scraper opens the next elsewhere. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#running) stream.abort(STOPPING);
  }

  #run(asked: StreamRequest, serving: Serving): void {
    this.#options.metrics.streamStarted();
    const ended = (outcome: Outcome, reason: string): void => {
      this.#running.delete(stream);
      this.#options.metrics.streamFinished(outcome);
      const { cluster } = serving.connection;
      this.#failing.note(asked.address, NO_PATH, { outcome, reason, cluster, bodyBytes: 0 });
    };
    const stream = new Stream(asked, serving, { ended });
    this.#running.add(stream);
  }

  #choose(address: string): Serving | Diagnosis {
    if (this.#isClosed) return { outcome: 'proxy_busy', reason: STOPPING };
    const routing = this.#options.routes.connectTargets(address);
    if (routing.kind !== 'served') return diagnoseRouting(routing, address, NO_PATH);
    const passthrough = routing.serving.filter(({ target }) => target.passthrough);
    if (passthrough.length === 0) {
      const reason = `${address} is scraped with scheme http; its agent speaks TLS to it`;
      return { outcome: 'not_exposed', reason };
    }
    if (this.#running.size >= this.#options.maxStreams) {
      return { outcome: 'proxy_busy', reason: `this replica already carries ${this.#running.size} byte streams` };
    }
    return chooseServing(passthrough, []) ?? diagnoseNoRoom(passthrough);
  }

  #refuse(socket: Duplex, address: string, diagnosis: Diagnosis): void {
    refuseSocket(socket, diagnosis);
    this.#options.metrics.refused(diagnosis.outcome);
    this.#failing.note(address, NO_PATH, { ...diagnosis, cluster: '', bodyBytes: 0 });
  }
}

const UNAUTHENTICATED: Diagnosis = {
  outcome: 'scraper_unauthenticated',
  reason: 'Proxy Authentication Required: user name and password in proxy_url',
};
