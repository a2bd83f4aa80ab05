// The one error of the protocol core, and the close codes by which an end tells the other why a tunnel is over.
// It must not know how a WebSocket is closed.

/** What an agent does after a tunnel was closed with a code. */
export type Reconnect = 'with-backoff' | 'after-operator' | 'as-standby';

interface CloseReason {
  readonly code: number;
  readonly reconnect: Reconnect;
  readonly meaning: string;
}

/** Close codes of docs/protocol.md, section 9 (4000 to 4999 are free for applications, RFC 6455, 7.4.2). */
export const CLOSE_REASONS = {
  stopped: { code: 1001, reconnect: 'with-backoff', meaning: 'the process at the other end stops' },
  protocol_error: { code: 4000, reconnect: 'with-backoff', meaning: 'a frame that this page does not allow' },
  unauthorised: { code: 4001, reconnect: 'after-operator', meaning: 'the credential is unknown or was revoked' },
  forbidden: { code: 4003, reconnect: 'after-operator', meaning: 'the credential may not claim this name or cluster' },
  no_common_version: { code: 4005, reconnect: 'after-operator', meaning: 'no protocol version in common' },
  handshake_timeout: { code: 4008, reconnect: 'with-backoff', meaning: 'HELLO or WELCOME did not come in time' },
  displaced: { code: 4009, reconnect: 'as-standby', meaning: 'a newer instance with the same name is connected' },
  superseded: { code: 4010, reconnect: 'with-backoff', meaning: 'the same instance opened a newer tunnel' },
  draining: { code: 4012, reconnect: 'with-backoff', meaning: 'the replica stops; others may serve' },
  busy: {
    code: 4013,
    reconnect: 'with-backoff',
    meaning: 'reserved: a replica without room answers the upgrade with 503',
  },
} as const satisfies Record<string, CloseReason>;

export type CloseName = keyof typeof CLOSE_REASONS;

/** What an agent does after close code `code`; codes of the WebSocket itself and unknown ones mean "try again". */
export function reconnectAfter(code: number): Reconnect {
  for (const reason of Object.values(CLOSE_REASONS)) if (reason.code === code) return reason.reconnect;
  return 'with-backoff';
}

/** The peer broke the protocol: the tunnel must be closed with `closeName`; the process and other tunnels go on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly closeName: CloseName;

  constructor(message: string, closeName: CloseName = 'protocol_error', options?: ErrorOptions) {
    super(message, options);
    this.closeName = closeName;
  }
}
