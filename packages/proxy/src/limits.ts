// Every bound of the proxy that no flag sets: name, unit, reason. Those of the tunnel protocol are in shared/protocol/limits.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Most tunnels of one replica: 5,000-node clusters times four; each costs some 30 KiB while idle. */
export const MAX_TUNNELS = 20_000;

/** Most tunnels without HELLO: a storm of reconnecting agents fits, a flood of silent sockets does not. */
export const MAX_TUNNELS_IN_HANDSHAKE = 2_000;

/** Most TCP connections of one listener: all tunnels and as many scrapers. */
export const MAX_CONNECTIONS = 2 * MAX_TUNNELS;

/** Longest header of a request in bytes: Prometheus 3.13 and 3.14 repeat `http_headers` with each scrape (prometheus/common#981). */
export const MAX_HEADER_BYTES = 96 * KIB;

/** Longest bearer token in characters: Kubernetes' service account tokens have some 1,200. */
export const MAX_TOKEN_LENGTH = 16 * KIB;

/** Targets of departed agents that stay listed, and departed agents; the oldest go first. As many as one agent may announce. */
export const MAX_DEPARTED_TARGETS = 200_000;

/** Instances of one agent name whose order of appearance is remembered: two are a mistake, eight a broken rollout. */
export const MAX_INSTANCES_REMEMBERED = 8;

/** Time that the exchanges of a displaced tunnel may take to end, in milliseconds: the longest of usual scrape timeouts. */
export const RETIRE_AFTER_MS = 15_000;

/** Clusters with metrics of their own; those beyond count as `other`. */
export const MAX_CLUSTERS_IN_METRICS = 1_000;

/** Filters of service discovery whose answers are kept; Prometheus servers ask for one or a few each. */
export const MAX_SD_ANSWERS = 64;

/** Bytes of all kept answers together: two of 100,000 targets with 1 KiB of labels. */
export const MAX_SD_ANSWERS_BYTES = 256 * MIB;

/** Values that one filter may name: an URL of 96 KiB could name some 10,000. */
export const MAX_SD_FILTER_VALUES = 256;

/** Targets in one answer of /api/v1/targets: about 2 MB of JSON, made in one go. */
export const MAX_TARGETS_PER_PAGE = 2_000;

/** Results of password checks that are kept, for right and for wrong ones each. */
export const MAX_PASSWORD_VERDICTS = 1_000;

/** Password checks that wait for their turn; one takes some 60 ms. */
export const MAX_PASSWORD_CHECKS_WAITING = 100;

/** Over how long agents are told to leave a replica that stops, in milliseconds, so that the others are not stormed. */
export const GO_AWAY_SPREAD_MS = 5_000;
