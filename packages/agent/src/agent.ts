// The agent put together: which part gets what, and the order in which they start and stop. It decides nothing by itself.

import Registry from 'prom-client/lib/registry.js';
import { WatchedFiles } from '@pullway/shared/config/watched-files';
import { SUPPORTED_FEATURES, SUPPORTED_VERSIONS } from '@pullway/shared/protocol/handshake';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import { finish, type Work } from '@pullway/shared/runtime/pace';
import { pause } from '@pullway/shared/runtime/pause';
import { registerProcessMetrics, type ProcessFacts } from '@pullway/shared/runtime/process-metrics';
import { Reloading, type ReloadCause } from '@pullway/shared/runtime/reloading';
import { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import type { AgentConfig } from './config/agent-config.ts';
import type { LoadedJobs } from './config/job.ts';
import { loadJobs, type ReadConfigFile } from './config/load-jobs.ts';
import { Discovery } from './discovery/discovery.ts';
import type { DroppedTarget } from './discovery/job-targets.ts';
import type { NodeProgram } from './discovery/mechanism.ts';
import { Mechanisms } from './discovery/mechanisms.ts';
import { ownMetricsTarget } from './discovery/own-metrics.ts';
import { FIRST_DISCOVERY_MS, MAX_REFUSED_LOGGED } from './limits.ts';
import { AgentMetrics, type LeftOutCount } from './metrics.ts';
import { ScrapeAnswerer } from './scrape/scrape-answerer.ts';
import { StatusPages } from './status-pages.ts';
import { StatusServer, type LocalEndpoint } from './status-server.ts';
import type { TargetSource } from './targets/contenders.ts';
import { Exporters, type ExporterDescription } from './targets/exporters.ts';
import { labelsBeforeRelabelling, type Exporter } from './targets/target.ts';
import { TargetSet } from './targets/target-set.ts';
import { ClientCertificate } from './uplink/client-certificate.ts';
import { WebSocketDialer } from './uplink/dial.ts';
import type { ProxyEnvironment } from './uplink/outbound-proxy.ts';
import type { ProxyUrl } from './uplink/proxy-url.ts';
import { Uplink, type UplinkStatus } from './uplink/uplink.ts';
import { VERSION } from './version.ts';

/** What the agent needs of the world around it. */
export interface AgentSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where HTTPS_PROXY and the like stand. */
  readonly environment: ProxyEnvironment;
  readonly readConfigFile: ReadConfigFile;
  readonly facts: ProcessFacts;
  readonly node: NodeProgram;
  /** Gives back what starting took. Called once, when discovery has found what there is, and before any tunnel. */
  readonly collectGarbage: () => void;
  /** New at each start: by it a proxy tells a tunnel that came back from another agent with the same name. */
  readonly instance: string;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
}

export class Agent {
  readonly #config: AgentConfig;
  readonly #surroundings: AgentSurroundings;
  readonly #registry = new Registry();
  readonly #heartbeat = new Heartbeat();
  readonly #targets = new TargetSet();
  readonly #exporters: Exporters;
  readonly #discovery: Discovery;
  readonly #reloading: Reloading;
  readonly #watchedFiles: WatchedFiles;
  readonly #answerer: ScrapeAnswerer;
  readonly #statusServer: StatusServer;
  readonly #uplinks: readonly Uplink[];
  readonly #closing = new AbortController();
  #processMetrics: { readonly stop: () => void } | undefined;

  constructor(config: AgentConfig, surroundings: AgentSurroundings) {
    const { clock, logger } = surroundings;
    const now = (): number => clock.now();
    this.#config = config;
    this.#surroundings = surroundings;
    this.#exporters = new Exporters(now);
    this.#discovery = this.#createDiscovery();
    this.#reloading = new Reloading(
      async () => this.#apply(await loadJobs(config, surroundings.readConfigFile)),
      logger,
    );
    this.#watchedFiles = new WatchedFiles(clock, () => this.reload('file change'));
    const metrics = this.#createMetrics();
    const { maxBodyBytes, maxConcurrent } = config;
    this.#answerer = new ScrapeAnswerer({ targets: this.#targets, metrics, now, maxBodyBytes, maxConcurrent });
    this.#statusServer = new StatusServer(this.#createPages(), clock);
    this.#uplinks = config.proxies.map((proxy) => this.#createUplink(proxy));
  }

  /** @throws ConfigError when the configuration cannot be used, Error when the listen address is taken. */
  async start(): Promise<void> {
    const { facts, logger, readConfigFile } = this.#surroundings;
    const loaded = await loadJobs(this.#config, readConfigFile);
    const endpoint = await this.#statusServer.listen(this.#config.listen);
    this.#announceOwnMetrics(endpoint);
    try {
      await this.#apply(loaded);
    } catch (error) {
      await this.#statusServer.close({ signal: AbortSignal.abort() });
      throw error;
    }
    this.#processMetrics = registerProcessMetrics(this.#registry, 'pullway_agent', VERSION, facts);
    this.#heartbeat.start();
    void this.#startUplinks();
    const { host, port } = endpoint;
    logger.info({ ...this.#config.identity, version: VERSION, status_host: host, status_port: port }, 'agent started');
  }

  /** Loads the configuration anew; only what changed is announced. A bad file changes nothing. */
  reload(cause: ReloadCause): void {
    this.#reloading.reloadInBackground(cause);
  }

  /** Lets scrapes that run finish until `signal` fires, then ends all connections; in mirror order of start(). */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#uplinks.map((uplink) => uplink.close({ signal })));
    this.#heartbeat.stop();
    this.#processMetrics?.stop();
    this.#watchedFiles.stop();
    this.#discovery.stop();
    await this.#answerer.close();
    await this.#statusServer.close({ signal });
  }

  /** Not before discovery has found what there is: a short list would make scrapers forget targets. */
  async #startUplinks(): Promise<void> {
    const { clock, collectGarbage } = this.#surroundings;
    await Promise.race([this.#discovery.ready, pause(clock, FIRST_DISCOVERY_MS, this.#closing.signal)]);
    if (this.#closing.signal.aborted) return;
    collectGarbage();
    for (const uplink of this.#uplinks) uplink.start();
  }

  async #apply({ jobs, files, notes }: LoadedJobs): Promise<void> {
    const { logger } = this.#surroundings;
    for (const { message, ...place } of notes) logger.warn({ ...place, note: message }, 'note on the configuration');
    // Before the jobs are loaded, which may take seconds: a file that changes meanwhile has changed.
    if (!this.#closing.signal.aborted) await this.#watchedFiles.watch(files);
    await this.#discovery.load(jobs);
    logger.info({ jobs: jobs.length, targets: this.#targets.size }, 'targets loaded');
  }

  #announceOwnMetrics(endpoint: LocalEndpoint): void {
    const { identity, telemetryPath } = this.#config;
    const find = (description: ExporterDescription): Exporter => this.#exporters.find(description);
    const target = ownMetricsTarget({ ...endpoint, telemetryPath }, identity, find);
    finish(this.#deliver([{ key: 'own', rank: Infinity, targets: [target] }]));
  }

  *#deliver(sources: readonly TargetSource[]): Work<void> {
    const { logger } = this.#surroundings;
    const change = yield* this.#targets.updating(sources);
    for (const uplink of this.#uplinks) uplink.announce(change);
    for (const { target, message } of change.refused.slice(0, MAX_REFUSED_LOGGED))
      logger.warn({ address: target.address, job: target.labels['job'], error: message }, 'target left out');
    if (change.refused.length > MAX_REFUSED_LOGGED)
      logger.warn({ count: change.refused.length - MAX_REFUSED_LOGGED }, 'more targets left out');
    logger.debug(
      { targets: this.#targets.size, added: change.add.length, removed: change.remove.length },
      'targets changed',
    );
    yield* this.#targets.tidy();
  }

  /** Forgets exporters that no target has any longer, and closes their connections. */
  *#settle(): Work<void> {
    const wanted = yield* this.#targets.exporters();
    yield* this.#exporters.retain(wanted);
    this.#answerer.retainExporters(wanted);
  }

  #createDiscovery(): Discovery {
    const { clock, logger } = this.#surroundings;
    const mechanisms = new Mechanisms({ ...this.#surroundings, userAgent: `pullway-agent/${VERSION}` });
    return new Discovery({
      clock,
      logger,
      identity: this.#config.identity,
      find: (description) => this.#exporters.find(description),
      createMechanism: (config) => mechanisms.create(config),
      deliver: (sources) => this.#deliver(sources),
      settle: () => this.#settle(),
    });
  }

  *#droppedTargets(): Generator<DroppedTarget> {
    for (const { target, message } of this.#targets.refused()) {
      yield { job: target.labels['job'] ?? '', discoveredLabels: labelsBeforeRelabelling(target), fault: message };
    }
    yield* this.#discovery.droppedTargets();
  }

  #leftOutCounts(): readonly LeftOutCount[] {
    const found = this.#discovery.counts.flatMap(({ job, dropped, unusable }) => [
      { job, reason: 'dropped' as const, count: dropped },
      { job, reason: 'unusable' as const, count: unusable },
    ]);
    const refused = [...this.#targets.countsByJob].flatMap(([job, { conflict, unusable }]) => [
      { job, reason: 'conflict' as const, count: conflict },
      { job, reason: 'unusable' as const, count: unusable },
    ]);
    return [...found, ...refused.filter(({ count }) => count > 0)];
  }

  #announcedCounts(): ReadonlyMap<string, number> {
    const counts = [...this.#targets.countsByJob].map(([job, { announced }]) => [job, announced] as const);
    return new Map(counts.filter(([, count]) => count > 0));
  }

  #createMetrics(): AgentMetrics {
    const { clock } = this.#surroundings;
    const { maxConcurrent, files } = this.#config;
    const certificate = files.cert === undefined ? undefined : new ClientCertificate(files.cert, () => clock.now());
    const uplinks = (): readonly UplinkStatus[] => this.#uplinks.map(({ status }) => status);
    return new AgentMetrics(this.#registry, {
      uplinks,
      targetsByJob: () => this.#announcedCounts(),
      reloadState: () => this.#reloading.state,
      discoveries: () => this.#discovery.statuses,
      leftOutTargets: () => this.#leftOutCounts(),
      maxInFlight: () => maxConcurrent * uplinks().filter(({ isConnected }) => isConnected).length,
      certificateExpiry: () => certificate?.expiry,
    });
  }

  #createPages(): StatusPages {
    const { identity, telemetryPath, isLifecycleEnabled } = this.#config;
    return new StatusPages(
      { identity, version: VERSION, telemetryPath, isLifecycleEnabled },
      {
        uplinks: () => this.#uplinks.map(({ status }) => status),
        targets: () => this.#targets.targets(),
        droppedTargets: () => this.#droppedTargets(),
        discoveries: () => this.#discovery.statuses,
        metrics: () => this.#registry.metrics(),
        reload: () => this.#reloading.reload('request'),
      },
    );
  }

  #createUplink({ tunnel, name: proxy }: ProxyUrl): Uplink {
    const { clock, logger, environment, instance, random } = this.#surroundings;
    const { identity, files, maxConcurrent } = this.#config;
    return new Uplink({
      proxy,
      dialer: new WebSocketDialer({ url: tunnel, files, environment, clock, userAgent: `pullway-agent/${VERSION}` }),
      hello: {
        ...identity,
        instance,
        versions: SUPPORTED_VERSIONS,
        features: SUPPORTED_FEATURES,
        version: VERSION,
        maxExchanges: maxConcurrent,
      },
      clock,
      heartbeat: this.#heartbeat,
      targets: this.#targets,
      acceptor: this.#answerer,
      random,
      logger,
    });
  }
}
