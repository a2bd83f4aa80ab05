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

/** Items of one page of a Kubernetes list: what client-go asks for. */
export const KUBERNETES_PAGE_ITEMS = 500;

/** Objects of one list: twice what Kubernetes itself is made for (150,000 pods in a cluster). */
export const MAX_KUBERNETES_OBJECTS = 300_000;

/** Largest object of Kubernetes as JSON, in bytes: etcd takes 1.5 MiB, which JSON may write several times as long. */
export const MAX_KUBERNETES_OBJECT_BYTES = 8 * 1024 * 1024;

/** A list without its items, in bytes: a few hundred, with the place in the list that the server wants to be told again. */
export const MAX_LIST_ENVELOPE_BYTES = 64 * 1024;

/** Explanation of an API server's refusal, in bytes; some hundred are usual. */
export const MAX_STATUS_BODY_BYTES = 64 * 1024;

/** Connections to one API server at a time; each watch holds one, and there are up to five for each namespace that is named. */
export const MAX_API_CONNECTIONS = 1_000;

/** Until an API server begins to answer, in milliseconds, connecting included; it takes lists of 150,000 objects some seconds. */
export const API_ANSWER_TIMEOUT_MS = 30_000;

/** Silence within a list, in milliseconds. */
export const API_LIST_IDLE_MS = 30_000;

/** Life of a watch that is asked for, in seconds; up to twice that by chance, as client-go does. */
export const MIN_API_WATCH_S = 300;

/** Silence beyond the life of a watch, in milliseconds, until it counts as broken. */
export const API_WATCH_MARGIN_MS = 15_000;

/** Life of a watch, in milliseconds, after which it counts as proof that watching works, though nothing changed. */
export const PROVEN_WATCH_MS = 1_000;

/** Longest wait before the second attempt at an API server, in milliseconds; it doubles with each further failure. */
export const FIRST_API_BACKOFF_MS = 1_000;

/** Longest wait between attempts at an API server that is away, in milliseconds: what client-go waits. */
export const MAX_API_BACKOFF_MS = 30_000;

/** Longest wait between attempts that only an operator can make succeed (a role, a missing API group), in milliseconds. */
export const MAX_API_REFUSED_BACKOFF_MS = 60_000;

/** Longest that an API server may ask to be left alone, in milliseconds; a wrong number must not stop discovery. */
export const MAX_API_RETRY_AFTER_MS = 60_000;

/** Longest wait for discovery before an agent connects, in milliseconds: with what it has then it is of more use than absent. */
export const FIRST_DISCOVERY_MS = 10_000;

/** Targets that relabelling dropped and that the status API shows: enough to find a wrong rule by. */
export const MAX_DROPPED_SHOWN = 1_000;

/** Lines in the log for targets that are left out together; a wrong rule may concern thousands, and the status API has them all. */
export const MAX_REFUSED_LOGGED = 20;

/** Time that discovery and the status API hold the event loop, in milliseconds: scrapes run after each such slice. */
export const SLICE_MS = 5;
