// How long a scrape may take: what the scraper says, less a margin, so that it reads our reason before it gives up.

export interface DeadlineLimits {
  /** For scrapers that say nothing, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** The longest that is believed, in milliseconds. */
  readonly maxTimeoutMs: number;
}

/** The margin is a tenth, and no more than this many milliseconds. */
const MAX_MARGIN_MS = 500;
const SECONDS = /^\d{1,9}(\.\d{1,9})?$/;

/**
 * Milliseconds until the scraper must have an answer. `header` is X-Prometheus-Scrape-Timeout-Seconds (Prometheus, scrape/scrape.go):
 * decimal seconds; nonsense and zero count as absent.
 */
export function scrapeDeadline(header: string | undefined, limits: DeadlineLimits): number {
  const timeoutMs = Math.min(parseSeconds(header) ?? limits.defaultTimeoutMs, limits.maxTimeoutMs);
  return timeoutMs - Math.min(MAX_MARGIN_MS, timeoutMs / 10);
}

function parseSeconds(header: string | undefined): number | undefined {
  if (header === undefined || !SECONDS.test(header)) return undefined;
  const milliseconds = Number(header) * 1000;
  return milliseconds >= 1 ? milliseconds : undefined;
}
