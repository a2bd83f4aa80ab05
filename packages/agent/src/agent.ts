// The agent put together: which part gets what, and the order in which they start and stop. It decides nothing by itself.

import Registry from 'prom-client/lib/registry.js';
import { WatchedFiles } from '@pullway/shared/config/watched-files';
import { SUPPORTED_FEATURES, SUPPORTED_VERSIONS } from '@pullway/shared/protocol/handshake';
import type { Clock } from '@pullway/shared/runtime/clock';
import type { Logger } from '@pullway/shared/runtime/logger';
import { registerProcessMetrics, type ProcessFacts } from '@pullway/shared/runtime/process-metrics';
import { Reloading, type ReloadCause } from '@pullway/shared/runtime/reloading';
import { Heartbeat } from '@pullway/shared/tunnel/heartbeat';
import type { AgentConfig } from './config/agent-config.ts';
import type { LoadedJobs } from './config/job.ts';
import { loadJobs } from './config/load-jobs.ts';
import { findTargets } from './discovery/find-targets.ts';
import { ownMetricsTarget } from './discovery/own-metrics.ts';
import { AgentMetrics } from './metrics.ts';
import { ScrapeAnswerer } from './scrape/scrape-answerer.ts';
import { StatusPages } from './status-pages.ts';
import { StatusServer, type LocalEndpoint } from './status-server.ts';
import { Exporters } from './targets/exporters.ts';
import { TargetSet } from './targets/target-set.ts';
import { WebSocketDialer } from './uplink/dial.ts';
import type { ProxyEnvironment } from './uplink/outbound-proxy.ts';
import type { ProxyUrl } from './uplink/proxy-url.ts';
import { Uplink } from './uplink/uplink.ts';
import { VERSION } from './version.ts';

/** What the agent needs of the world around it. */
export interface AgentSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where HTTPS_PROXY and the like stand. */
  readonly environment: ProxyEnvironment;
  readonly facts: ProcessFacts;
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
  readonly #reloading: Reloading;
  readonly #watchedFiles: WatchedFiles;
  readonly #answerer: ScrapeAnswerer;
  readonly #statusServer: StatusServer;
  readonly #uplinks: readonly Uplink[];
  #ownEndpoint: LocalEndpoint | undefined;
  #processMetrics: { readonly stop: () => void } | undefined;

  constructor(config: AgentConfig, surroundings: AgentSurroundings) {
    const { clock, logger } = surroundings;
    const now = (): number => clock.now();
    this.#config = config;
    this.#surroundings = surroundings;
    this.#exporters = new Exporters(now);
    this.#reloading = new Reloading(async () => this.#apply(await loadJobs(config)), logger);
    this.#watchedFiles = new WatchedFiles(clock, () => this.reload('file change'));
    const metrics = new AgentMetrics(this.#registry, {
      uplinks: () => this.#uplinks.map(({ status }) => status),
      targetsByJob: () => this.#targets.countByJob(),
      reloadState: () => this.#reloading.state,
    });
    const { maxBodyBytes, maxConcurrent } = config;
    this.#answerer = new ScrapeAnswerer({ targets: this.#targets, metrics, now, maxBodyBytes, maxConcurrent });
    this.#statusServer = new StatusServer(this.#createPages());
    this.#uplinks = config.proxies.map((proxy) => this.#createUplink(proxy));
  }

  /** @throws ConfigError when the configuration cannot be used, Error when the listen address is taken. */
  async start(): Promise<void> {
    const { facts, logger } = this.#surroundings;
    const loaded = await loadJobs(this.#config);
    this.#ownEndpoint = await this.#statusServer.listen(this.#config.listen);
    try {
      await this.#apply(loaded);
    } catch (error) {
      await this.#statusServer.close();
      throw error;
    }
    this.#processMetrics = registerProcessMetrics(this.#registry, 'pullway_agent', VERSION, facts);
    this.#heartbeat.start();
    for (const uplink of this.#uplinks) uplink.start();
    const { host, port } = this.#ownEndpoint;
    logger.info({ ...this.#config.identity, version: VERSION, status_host: host, status_port: port }, 'agent started');
  }

  /** Loads the configuration anew; only what changed is announced. A bad file changes nothing. */
  reload(cause: ReloadCause): void {
    this.#reloading.reloadInBackground(cause);
  }

  /** Lets scrapes that run finish until `signal` fires, then ends all connections; in mirror order of start(). */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await Promise.all(this.#uplinks.map((uplink) => uplink.close({ signal })));
    this.#heartbeat.stop();
    this.#processMetrics?.stop();
    this.#watchedFiles.stop();
    await this.#answerer.close();
    await this.#statusServer.close();
  }

  async #apply({ jobs, files }: LoadedJobs): Promise<void> {
    const { logger } = this.#surroundings;
    const { identity, telemetryPath } = this.#config;
    const own = this.#ownEndpoint;
    const targets = this.#exporters.revise((find) => [
      ...findTargets(jobs, identity, find),
      ...(own === undefined ? [] : [ownMetricsTarget({ ...own, telemetryPath }, identity, find)]),
    ]);
    const change = this.#targets.replace(targets);
    this.#answerer.retainExporters(this.#exporters.all);
    for (const uplink of this.#uplinks) uplink.announce(change);
    for (const { target, message } of change.refused)
      logger.warn({ address: target.address, error: message }, 'target left out');
    logger.info(
      { targets: this.#targets.size, added: change.add.length, removed: change.remove.length },
      'targets loaded',
    );
    await this.#watchedFiles.watch(files);
  }

  #createPages(): StatusPages {
    const { identity, telemetryPath, isLifecycleEnabled } = this.#config;
    return new StatusPages(
      { identity, version: VERSION, telemetryPath, isLifecycleEnabled },
      {
        uplinks: () => this.#uplinks.map(({ status }) => status),
        targets: () => this.#targets.targets(),
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
