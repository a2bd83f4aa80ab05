// Every bound of the tunnel protocol: name, unit, reason. docs/protocol.md, sections 8 and 10, says the same to people.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Longest frame, header included, in bytes: a RESPONSE with 64 KiB of header fields and 64 KiB of body, with room. */
export const MAX_FRAME_BYTES = 256 * KIB;

/** Most body bytes in one frame: small enough that a large body delays a small one by one such frame only. */
export const MAX_DATA_BYTES = 64 * KIB;

/** Longest header block of a request or response in bytes; Prometheus 3.13 and 3.14 repeat `http_headers` with each scrape. */
export const MAX_HEADER_BLOCK_BYTES = 64 * KIB;

/** Longest text in a FAILURE or CANCEL frame in bytes: it ends in a status line of at most 300 characters. */
export const MAX_MESSAGE_BYTES = 1024;

/** First window of an exchange in bytes: most scrapes fit whole, so they never wait for credit. */
export const FIRST_WINDOW_BYTES = 256 * KIB;

/** First windows of all exchanges of a tunnel together, in bytes: 256 exchanges get the full one, 4,096 get 16 KiB each. */
export const FIRST_WINDOWS_TOGETHER_BYTES = 64 * MIB;

/** Largest window of an exchange in bytes: 1 Gbit/s at 130 ms of round trip. */
export const MAX_WINDOW_BYTES = 16 * MIB;

/**
 * Bytes for each millisecond of round trip to which a window may grow: 1 Gbit/s. More would not be on its way but wait in the buffers of
 * the kernel, ahead of every other exchange of the tunnel.
 */
export const WINDOW_BYTES_PER_ROUND_TRIP_MS = 125_000;

/** What the windows of a tunnel may grow by together, in bytes; with the first windows 96 MiB, the most that unread data of a tunnel can cost. */
export const GROWTH_BUDGET_BYTES = 32 * MIB;

/** Bytes queued for an exchange above which its producer is told to wait. */
export const SEND_QUEUE_HIGH_WATER_BYTES = 128 * KIB;

/** Control frames waiting for the socket, in bytes: a peer that lets more pile up does not read. */
export const MAX_CONTROL_QUEUE_BYTES = 4 * MIB;

/** Payload of PING and PONG in bytes. */
export const PING_BYTES = 8;

/** Announcements that an agent has queued and not yet sent: with one delta a second, the peer has not read for a quarter of an hour. */
export const MAX_WAITING_ANNOUNCEMENTS = 1024;

/** Most exchanges that one tunnel may ever carry at a time; agents announce their own, lower limit. */
export const MAX_EXCHANGES = 4096;

/** Exchanges at a time that an agent takes unless told otherwise. */
export const DEFAULT_MAX_EXCHANGES = 256;

/** Most targets of one agent: a cluster of 5,000 nodes with 40 targets on each. */
export const MAX_TARGETS = 200_000;

/** Longest target of an announcement as JSON, in bytes: Kubernetes lets annotations grow to 256 KiB, labels of one pod rarely pass 10. */
export const MAX_TARGET_BYTES = 64 * KIB;

/** All targets of one agent together, in bytes of text: 200,000 of the usual 1 KiB fit, 200,000 of the longest do not. */
export const MAX_ANNOUNCED_BYTES = 256 * MIB;

/** An end that has received nothing for so long, in milliseconds, sends a PING; shorter than the 30 s of the strictest load balancers. */
export const PING_AFTER_MS = 15_000;

/** An end that has received nothing for so long, in milliseconds, takes the tunnel for dead. */
export const DEAD_AFTER_MS = 30_000;

/** Time between two RECONCILE frames of one end, in milliseconds. */
export const RECONCILE_EVERY_MS = 60_000;

/** Time from the upgrade to HELLO, and from HELLO to WELCOME, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
