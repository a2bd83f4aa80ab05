// Why there is no tunnel (any more), as one of a closed set of words, and what follows from it.

import { CLOSE_REASONS, reconnectAfter, type CloseName, type Reconnect } from '@pullway/shared/protocol/protocol-error';
import type { TunnelEnd } from '@pullway/shared/tunnel/tunnel';
import type { DialError } from './dial-error.ts';

/**
 * Label of the metric for reconnects: `dial_failed` and `refused` before there was a tunnel, `going_away` when the proxy asked for it,
 * a close name of the protocol, or `lost` for a connection that broke.
 */
export type ReconnectReason = CloseName | 'dial_failed' | 'refused' | 'going_away' | 'lost';

export interface Setback {
  readonly reason: ReconnectReason;
  readonly reconnect: Reconnect;
  /** For people. */
  readonly message: string;
}

export function dialSetback(error: DialError): Setback {
  const reason = error.reconnect === 'with-backoff' ? 'dial_failed' : 'refused';
  return { reason, reconnect: error.reconnect, message: error.message };
}

export function endSetback({ code, reason }: TunnelEnd): Setback {
  const name = closeName(code);
  const meaning = name === undefined ? 'the connection broke' : CLOSE_REASONS[name].meaning;
  return {
    reason: name ?? 'lost',
    reconnect: reconnectAfter(code),
    message: reason === '' ? meaning : reason,
  };
}

function closeName(code: number): CloseName | undefined {
  return CLOSE_NAMES.find((name) => CLOSE_REASONS[name].code === code);
}

const CLOSE_NAMES: readonly CloseName[] = [
  'stopped',
  'protocol_error',
  'unauthorised',
  'forbidden',
  'no_common_version',
  'handshake_timeout',
  'displaced',
  'superseded',
  'draining',
  'busy',
];
