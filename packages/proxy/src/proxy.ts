// The composition root: makes all parts of a proxy, starts them, and stops them in mirror order.

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { formatHostPort } from '@pullway/shared/config/listen-address';
import { WatchedFiles } from '@pullway/shared/config/watched-files';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import { pause } from '@pullway/shared/runtime/pause';
import { registerProcessMetrics, type ProcessFacts } from '@pullway/shared/runtime/process-metrics';
import { Reloading } from '@pullway/shared/runtime/reloading';
import type { Running } from '@pullway/shared/runtime/shutdown';
import { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import { AgentCredentials } from './access/agent-credentials.ts';
import { PasswordChecker } from './access/password-checker.ts';
import { ScraperUsers } from './access/scraper-users.ts';
import { Api } from './api/api.ts';
import { SdAnswers } from './api/sd-answers.ts';
import { loadConfiguration, type Configuration } from './config/configuration.ts';
import type { ProxyFlags } from './config/flags.ts';
import { census } from './fleet/census.ts';
import { Fleet } from './fleet/fleet.ts';
import { Routes } from './fleet/routes.ts';
import { SdList } from './fleet/sd-list.ts';
import { TunnelAcceptor } from './fleet/tunnel-acceptor.ts';
import { WarmUp } from './fleet/warm-up.ts';
import { openFrontDoor } from './front-door.ts';
import { Listener, STALLED_AFTER_MS } from './listener.ts';
import { ProxyMetrics } from './metrics.ts';
import { OwnNames } from './own-names.ts';
import { Scrapes } from './scrape/scrapes.ts';
import { Streams } from './scrape/streams.ts';
import { registerState } from './state-metrics.ts';
import { VERSION } from './version.ts';

export interface ProxyOptions {
  readonly flags: ProxyFlags;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly process: ProcessFacts;
  /** Of the machine. */
  readonly hostname: string;
}

export interface ProxyAddresses {
  readonly web: AddressInfo;
  readonly tunnel: AddressInfo;
}

const REPLICA_ID_BYTES = 6;

export class Proxy implements Running {
  readonly #options: ProxyOptions;
  readonly #registry = new Registry();
  readonly #metrics = new ProxyMetrics(this.#registry);
  readonly #heartbeat = new Heartbeat();
  readonly #passwords = new PasswordChecker();
  readonly #credentials: AgentCredentials;
  readonly #users: ScraperUsers;
  readonly #warmUp: WarmUp;
  readonly #routes: Routes;
  readonly #list = new SdList();
  readonly #fleet: Fleet;
  readonly #acceptor: TunnelAcceptor;
  readonly #scrapes: Scrapes;
  readonly #streams: Streams;
  readonly #api: Api;
  readonly #web: Listener;
  /** Undefined: agents come to the web listener. */
  readonly #tunnels: Listener | undefined;
  readonly #reloading: Reloading;
  readonly #watched: WatchedFiles;
  #configuration: Configuration;
  #processMetrics: { readonly stop: () => void } | undefined;
  #isStopping = false;

  constructor(options: ProxyOptions) {
    const { flags, configuration, clock, logger } = options;
    const now = (): number => clock.now();
    this.#options = options;
    this.#configuration = configuration;
    this.#credentials = new AgentCredentials(configuration.agentTokens);
    this.#users = new ScraperUsers(configuration.web.users, this.#passwords, () => this.#metrics.scraperRefused());
    this.#warmUp = new WarmUp({ quietMs: flags['sd.warm-up'], maxMs: flags['sd.max-warm-up'] }, now);
    this.#routes = new Routes(now);
    this.#fleet = this.#createFleet();
    const { tunnelPath: path } = configuration.paths;
    const door = { path, access: this.#credentials, fleet: this.#fleet, heartbeat: this.#heartbeat };
    this.#acceptor = new TunnelAcceptor({ ...door, clock, logger, metrics: this.#metrics });
    const scraping = { routes: this.#routes, access: this.#users, metrics: this.#metrics, clock, logger };
    this.#scrapes = new Scrapes({
      ...scraping,
      settings: {
        defaultTimeoutMs: flags['scrape.default-timeout'],
        maxTimeoutMs: flags['scrape.max-timeout'],
        maxInFlight: flags['scrape.max-in-flight'],
      },
    });
    this.#streams = new Streams({ ...scraping, maxStreams: flags['scrape.max-streams'] });
    this.#reloading = new Reloading(() => this.#load(), logger);
    this.#watched = new WatchedFiles(clock, () => this.#reloading.reloadInBackground('file change'));
    this.#api = this.#createApi();
    // A scrape that waits for its exporter is silent too, and must live to its deadline.
    const stalledAfterMs = Math.max(STALLED_AFTER_MS, 2 * flags['scrape.max-timeout']);
    this.#web = new Listener(configuration.web.tls, clock, stalledAfterMs);
    const hasTunnelListener = flags['tunnel.listen-address'] !== undefined;
    this.#tunnels = hasTunnelListener ? new Listener(configuration.tunnel.tls, clock) : undefined;
    this.#registerState();
  }

  /**
   * Where scrapers are taken, and where agents are; the same where there is one listener.
   * @throws Error when an address cannot be had; nothing is left running then.
   */
  async start(): Promise<ProxyAddresses> {
    try {
      return await this.#start();
    } catch (error) {
      await this.close({ signal: AbortSignal.abort() });
      throw error;
    }
  }

  /** At SIGHUP. */
  reload(): void {
    this.#reloading.reloadInBackground('signal');
  }

  /**
   * Says that it is not ready, for a while if that was asked for; then takes nothing new, sends the agents elsewhere, lets scrapes end, closes the tunnels. What still runs when `signal` fires is cut. Idempotent.
   */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const delayMs = this.#options.flags['shutdown.delay'];
    // Without one the stop begins in this turn: whoever called may rely on it that nothing is taken any more.
    if (delayMs > 0) await pause(this.#options.clock, delayMs, signal);
    this.#acceptor.close();
    this.#fleet.sendAway();
    // Before the listeners, which cut connections at the same signal: a scrape that is cut is told why.
    const idle = this.#scrapes.close({ signal });
    const closed = this.#closeListeners(signal);
    await idle;
    this.#streams.close();
    await this.#fleet.close({ signal });
    await closed;
    this.#heartbeat.stop();
    await this.#api.close();
    this.#watched.stop();
    await this.#passwords.close();
    this.#processMetrics?.stop();
  }

  async #start(): Promise<ProxyAddresses> {
    const { flags, configuration, process } = this.#options;
    this.#processMetrics = registerProcessMetrics(this.#registry, 'pullway_proxy', VERSION, process);
    await this.#watched.watch(configuration.files);
    await this.#api.start();
    this.#openFrontDoors();
    this.#heartbeat.add(this.#fleet);
    this.#heartbeat.start();
    const web = await this.#web.listen(flags['web.listen-address']);
    const address = flags['tunnel.listen-address'];
    const tunnel = address === undefined ? web : await this.#tunnels?.listen(address);
    this.#logListening(web, tunnel ?? web);
    return { web, tunnel: tunnel ?? web };
  }

  /** Reads all files, and uses them only when all of them are right. */
  async #load(): Promise<void> {
    const configuration = await loadConfiguration(this.#options.flags);
    this.#web.checkTls(configuration.web.tls);
    this.#tunnels?.checkTls(configuration.tunnel.tls);
    this.#web.replaceTls(configuration.web.tls);
    this.#tunnels?.replaceTls(configuration.tunnel.tls);
    this.#users.replace(configuration.web.users);
    this.#credentials.replace(configuration.agentTokens);
    this.#configuration = configuration;
    this.#fleet.recheckAccess();
    if (!this.#isStopping) await this.#watched.watch(configuration.files);
  }

  #createFleet(): Fleet {
    const { flags, clock, logger } = this.#options;
    return new Fleet({
      replica: randomBytes(REPLICA_ID_BYTES).toString('hex'),
      access: this.#credentials,
      routes: this.#routes,
      list: this.#list,
      warmUp: this.#warmUp,
      departedGraceMs: flags['sd.departed-grace'],
      metrics: this.#metrics,
      clock,
      logger,
    });
  }

  #createApi(): Api {
    const { flags, configuration, clock } = this.#options;
    return new Api({
      prefix: configuration.paths.prefix,
      telemetryPath: configuration.paths.telemetryPath,
      isLifecycleEnabled: flags['web.enable-lifecycle'],
      access: this.#users,
      headers: () => this.#configuration.web.headers,
      fleet: this.#fleet,
      list: this.#list,
      answers: new SdAnswers(this.#list, this.#metrics, clock),
      warmUp: this.#warmUp,
      metrics: this.#metrics,
      registry: this.#registry,
      isStopping: () => this.#isStopping,
      reload: () => this.#reloading.reload('request'),
    });
  }

  #registerState(): void {
    const { flags } = this.#options;
    registerState(this.#registry, {
      census: () => census(this.#fleet.connections),
      departedAgents: () => [...this.#fleet.departures].length,
      isFleetKnown: () => this.#warmUp.leftMs === 0,
      reload: () => this.#reloading.state,
      certificateExpiries: () => this.#certificateExpiries(),
      maxScrapesInFlight: flags['scrape.max-in-flight'],
      maxStreamsOpen: flags['scrape.max-streams'],
    });
  }

  #certificateExpiries(): ReadonlyMap<string, number> {
    const listeners = Object.entries({ web: this.#web, tunnel: this.#tunnels });
    return new Map(
      listeners.flatMap(([name, listener]): [string, number][] =>
        listener?.certificateExpiry === undefined ? [] : [[name, listener.certificateExpiry]],
      ),
    );
  }

  #openFrontDoors(): void {
    const { hostname, configuration } = this.#options;
    const names = new OwnNames({ hostname, externalUrl: configuration.paths.externalUrl });
    const isOwnHost = names.has.bind(names);
    const api = this.#api.answer.bind(this.#api);
    const isReserved = this.#api.isReserved.bind(this.#api);
    const acceptTunnel = this.#acceptor.accept.bind(this.#acceptor);
    const scrapers = { scrapes: this.#scrapes, streams: this.#streams, routes: this.#routes };
    const hasOwnTunnels = this.#tunnels !== undefined;
    openFrontDoor(this.#web.server, {
      scrapers,
      api,
      isOwnHost,
      isReserved,
      acceptTunnel: hasOwnTunnels ? undefined : acceptTunnel,
    });
    if (this.#tunnels === undefined) return;
    const onlyHealth = this.#api.answerHealth.bind(this.#api);
    openFrontDoor(this.#tunnels.server, { api: onlyHealth, isOwnHost, isReserved, acceptTunnel });
  }

  async #closeListeners(signal: AbortSignal): Promise<void> {
    const listeners = this.#tunnels === undefined ? [this.#web] : [this.#web, this.#tunnels];
    await Promise.all(listeners.map((listener) => listener.close({ signal })));
  }

  #logListening(web: AddressInfo, tunnel: AddressInfo): void {
    const { logger, configuration } = this.#options;
    const isTls = configuration.web.tls !== undefined;
    const addresses = {
      web: formatHostPort(web.address, web.port),
      tunnel: formatHostPort(tunnel.address, tunnel.port),
    };
    logger.info({ version: VERSION, ...addresses, tls: isTls }, 'listening');
    if (configuration.agentTokens.length > 0) return;
    logger.warn(
      {},
      'no agent token is configured: everybody who reaches this proxy may connect as any agent (--insecure)',
    );
  }
}
