// Every bound of the agent that is no flag: name, unit, reason. Those of the tunnel itself are in @pullway/shared/protocol/limits.

/** Longest wait before the second attempt to connect, in milliseconds; it doubles with each further failure. */
export const FIRST_BACKOFF_MS = 500;

/** Longest wait between two attempts, in milliseconds: a fleet of thousands comes back within it, spread evenly. */
export const MAX_BACKOFF_MS = 30_000;

/** Wait before a further attempt at what only an operator can put right, in milliseconds; 10 % more or less, so that a fleet does not come at once. */
export const REFUSED_RETRY_MS = 60_000;

/** Life of a tunnel, in milliseconds, after which it counts as proof that connecting works. */
export const PROVEN_AFTER_MS = 30_000;

/** From the start of an attempt to an open WebSocket, in milliseconds: DNS, TCP, TLS and upgrade together. */
export const DIAL_TIMEOUT_MS = 10_000;

/** Longest that a proxy may ask an agent to wait before it connects anew, in milliseconds; a wrong number must not strand an agent. */
export const MAX_RECONNECT_DELAY_MS = 60_000;

/** How often a tunnel that drains is looked at, in milliseconds. */
export const DRAIN_POLL_MS = 25;

/** Time given to requests that were on their way when GOAWAY was sent, in milliseconds, on top of two round trips. */
export const DRAIN_SETTLE_MS = 50;

/** Longest file with a token, certificate or key, in bytes: a bundle of all public CAs has some 220 KiB. */
export const MAX_CREDENTIAL_FILE_BYTES = 1024 * 1024;

/** Connections that the status server holds at a time; a Prometheus and a kubelet need two. */
export const MAX_STATUS_CONNECTIONS = 128;

/** Header fields of a request to the status server, in bytes: Prometheus 3.13 and 3.14 repeat `http_headers` with each scrape. */
export const MAX_STATUS_HEADER_BYTES = 64 * 1024;

/** Time in which a request to the status server must have arrived, in milliseconds (slow loris). */
export const STATUS_REQUEST_TIMEOUT_MS = 10_000;

/** Idle connections of the status server are kept longer than the 5 min of Prometheus, in milliseconds, so that it is the scraper who closes. */
export const STATUS_KEEP_ALIVE_MS = 310_000;

/** Values of the label `job` in the metrics of the agent; relabelling could make any number of them. */
export const MAX_JOB_LABELS = 100;
