// The scrapes of one route: which connections are free, what was measured. When scrapes begin is up to its caller.

import type { Answer } from './answer-reader.ts';
import { Latencies } from './latencies.ts';
import type { LoadRoute, RouteResult } from './load.ts';
import { ScraperConnection } from './scraper-connection.ts';

/** As Prometheus 3 sends it. */
const REQUEST_FIELDS = [
  'User-Agent: Prometheus/3.14.0',
  'Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'Accept-Encoding: gzip',
  'X-Prometheus-Scrape-Timeout-Seconds: 10',
];

export class RouteLoad {
  readonly #route: LoadRoute;
  readonly #request: Buffer;
  readonly #free: ScraperConnection[] = [];
  #latencies = new Latencies();
  #failures = 0;
  #beganAt = 0;

  constructor(route: LoadRoute) {
    this.#route = route;
    const lines = [`GET ${route.url} HTTP/1.1`, `Host: ${new URL(route.url).host}`, ...REQUEST_FIELDS];
    this.#request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Forgets what was measured so far. */
  begin(): void {
    this.#latencies = new Latencies();
    this.#failures = 0;
    this.#beganAt = performance.now();
  }

  /** One scrape that was due at `dueAt`, on a connection of its own while it runs; `done` is told when it is over. */
  scrape(dueAt: number, done: () => void): void {
    const connection = this.#free.pop() ?? new ScraperConnection(this.#route.port, this.#request);
    connection.scrape((answer) => {
      this.#note(answer, dueAt);
      this.#free.push(connection);
      done();
    });
  }

  get result(): RouteResult {
    return {
      scrapes: this.#latencies.count,
      failures: this.#failures,
      seconds: (performance.now() - this.#beganAt) / 1000,
      p50Ms: this.#latencies.quantile(0.5),
      p99Ms: this.#latencies.quantile(0.99),
    };
  }

  #note({ status, bodyBytes }: Answer, dueAt: number): void {
    if (status !== 200 || bodyBytes !== this.#route.bodyBytes) this.#failures += 1;
    this.#latencies.add(performance.now() - dueAt);
  }
}
