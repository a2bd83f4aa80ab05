// The parts of the demo and their order: an exporter, a proxy, an agent, and Prometheus where there is one. It scrapes once
// through the tunnel. It knows no terminal; what there is to say goes to `say`.

import { startAgent, startProxy } from '../support/pullway-programs.ts';
import { startProgram, type ChildProgram } from '../support/child-program.ts';
import { freePort } from '../support/free-port.ts';
import { findProgram } from '../support/real-program.ts';
import { scrape } from '../support/scraper.ts';
import { Hopeless, until } from '../support/until.ts';
import { startPrometheus } from './prometheus.ts';
import { startSmallExporter } from './small-exporter.ts';

const LINES_SHOWN = 12;

export class Demo {
  readonly #say: (line: string) => void;
  readonly #stops: (() => Promise<unknown>)[] = [];
  #isStopped = false;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /**
   * Starts everything and shows one scrape. Throws, with the output of the program at fault, when a part does not come up.
   *
   *   exporter ◄── agent ══ tunnel ══► proxy ◄── Prometheus
   */
  async start(): Promise<void> {
    const exporterPort = await this.#startExporter();
    const proxyPort = await freePort(8080);
    const proxyUrl = `http://127.0.0.1:${proxyPort}`;
    const proxy = this.#keep(startProxy(['--insecure', `--web.listen-address=127.0.0.1:${proxyPort}`]));
    await this.#listening(proxy, `${proxyUrl}/-/healthy`);
    const agentPort = await freePort(9369);
    const agent = this.#keep(
      startAgent([
        `--proxy.url=${proxyUrl}`,
        '--agent.name=client',
        `--target=127.0.0.1:${exporterPort}`,
        `--web.listen-address=127.0.0.1:${agentPort}`,
      ]),
    );
    await this.#listening(agent, `http://127.0.0.1:${agentPort}/-/healthy`);
    const target = `client:${exporterPort}`;
    await this.#showScrape(proxyPort, target, [proxy, agent]);
    await this.#startPrometheus(proxyUrl, target);
    this.#say(`Proxy:                 ${proxyUrl}/`);
    this.#say(`Service discovery:     ${proxyUrl}/sd`);
    this.#say(`Agent:                 http://127.0.0.1:${agentPort}/`);
    this.#say(`Scrape it yourself:    curl --proxy ${proxyUrl} http://${target}/metrics`);
  }

  /** Stops what was started, the last first; what a start that is still going on adds is stopped at once. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }

  #keep(program: ChildProgram): ChildProgram {
    this.#stopLater(() => program.stop());
    return program;
  }

  #stopLater(stop: () => Promise<unknown>): void {
    if (this.#isStopped) void stop();
    else this.#stops.push(stop);
  }

  async #startExporter(): Promise<number> {
    const port = await freePort(9100);
    const nodeExporter = findProgram('prometheus-node-exporter') ?? findProgram('node_exporter');
    if (nodeExporter === undefined) {
      const server = await startSmallExporter(port);
      this.#stopLater(async () => server.close());
      this.#say(`An exporter of the demo's own serves 127.0.0.1:${port} (node_exporter is not on PATH)`);
      return port;
    }
    const exporter = startProgram('node_exporter', nodeExporter, [`--web.listen-address=127.0.0.1:${port}`]);
    await this.#listening(this.#keep(exporter), `http://127.0.0.1:${port}/`);
    this.#say(`node_exporter serves 127.0.0.1:${port}`);
    return port;
  }

  async #startPrometheus(proxyUrl: string, target: string): Promise<void> {
    const program = findProgram('prometheus');
    if (program === undefined) {
      this.#say('Prometheus is not on PATH; point your own at the proxy_url below');
      return;
    }
    const prometheus = await startPrometheus({ program, port: await freePort(9090), proxyUrl, target });
    this.#stopLater(() => prometheus.stop());
    await prometheus.targetUp();
    this.#say(`Prometheus has up = 1 for ${target}`);
    this.#say(`Prometheus:            ${await prometheus.targetsPage()}`);
  }

  async #showScrape(proxyPort: number, target: string, programs: readonly ChildProgram[]): Promise<void> {
    const url = `http://${target}/metrics`;
    const lines = await until(`a scrape of ${url} through the tunnel`, async () => {
      failIfEnded(programs);
      const { status, reason, body } = await scrape(proxyPort, url, { timeoutSeconds: 10 });
      if (status !== 200) throw new Error(`${status} ${reason}`);
      return body.toString('utf8').trimEnd().split('\n');
    });
    this.#say(`GET ${url} through the tunnel: ${lines.length} lines, beginning with`);
    for (const line of lines.slice(0, LINES_SHOWN)) this.#say(`  ${line}`);
  }

  async #listening(program: ChildProgram, url: string): Promise<void> {
    await until(`${program.name} to answer at ${url}`, async () => {
      failIfEnded([program]);
      const answer = await fetch(url);
      return answer.ok ? true : undefined;
    });
  }
}

function failIfEnded(programs: readonly ChildProgram[]): void {
  const ended = programs.find(({ isRunning }) => !isRunning);
  if (ended !== undefined) throw new Hopeless(`${ended.name} ended:\n${ended.output}`);
}
