// Why a tunnel did not come about, in words for an operator, and what the agent does next.
// It knows how HTTP, TLS and sockets fail; it must not know how they are used.

import type { Reconnect } from '@pullway/shared/protocol/protocol-error';

/** An attempt to connect failed. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly reconnect: Reconnect;

  constructor(message: string, reconnect: Reconnect, options?: ErrorOptions) {
    super(message, options);
    this.reconnect = reconnect;
  }
}

/** What is known of an HTTP answer that is no upgrade. */
export interface UpgradeAnswer {
  readonly status: number;
  readonly reason: string;
  readonly contentType: string;
  readonly location: string | undefined;
}

/** An HTTP answer came in the place of the WebSocket. */
export function upgradeRefused(answer: UpgradeAnswer): DialError {
  const { status, reason } = answer;
  const text = `answered ${status}${reason === '' ? '' : ` ${reason}`}`;
  if (answer.contentType.includes('html'))
    return withBackoff(`${text} with HTML: a load balancer or proxy in between, or no Pullway at all`);
  if (status === 401)
    return new DialError(`${text}: it does not know the token of --proxy.token-file`, 'after-operator');
  if (status === 403) return new DialError(`${text}: it refuses this agent`, 'after-operator');
  if (status === 404) return withBackoff(`${text}: no tunnel endpoint there; is the path of --proxy.url right?`);
  if (status === 407) return withBackoff(`${text}: the outbound HTTP proxy wants a user and password`);
  if (status === 503) return withBackoff(`${text}: it takes no tunnel now`);
  if (status >= 300 && status < 400)
    return withBackoff(`${text} to ${answer.location ?? 'nowhere'}: redirects are not followed`);
  return withBackoff(`${text} instead of 101: something in between does not pass WebSockets on, or it is no Pullway`);
}

/** The WebSocket came about without the subprotocol: whoever accepted it does not speak this protocol. */
export function subprotocolMissing(): DialError {
  return new DialError(
    'accepted a WebSocket but not its subprotocol: too old or too new for this agent, or no Pullway',
    'after-operator',
  );
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'name its authority with --proxy.ca-file'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'name its certificate with --proxy.ca-file'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'name its authority with --proxy.ca-file'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'name its authority with --proxy.ca-file'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS at that port; is the scheme of --proxy.url right?'],
  ['EPROTO', 'TLS failed; is the scheme of --proxy.url right?'],
  ['ECONNRESET', 'it closed the connection; does it speak TLS at that port?'],
]);

/** DNS, TCP or TLS failed. */
export function connectionFailed(error: unknown): DialError {
  const cause = firstOf(error);
  const hint = HINTS.get(errorCode(cause));
  return withBackoff(`${describeError(error)}${hint === undefined ? '' : ` (${hint})`}`, { cause: error });
}

/** A file for the connection cannot be used now; it may be on its way (a Secret that is mounted late), so this is tried again. */
export function fileUnusable(file: string, error: unknown): DialError {
  return withBackoff(`cannot use ${file}: ${describeError(error)}`, { cause: error });
}

function withBackoff(message: string, options?: ErrorOptions): DialError {
  return new DialError(message, 'with-backoff', options);
}

/** A name with several addresses fails with one error for each, and with no message of its own. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(describeError))].join('; ');
  return error instanceof Error ? error.message : String(error);
}

function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
