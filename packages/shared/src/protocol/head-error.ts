// The error for a head of this end's making that no frame can carry. It concerns one exchange, never the tunnel.

/**
 * A request or response head with something that the peer would have to take for a protocol error: a forbidden character, or
 * too many bytes. Without this check one odd answer of one exporter would close the tunnel for all.
 */
export class HeadError extends Error {
  override readonly name = 'HeadError';
}
