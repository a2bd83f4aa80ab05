// Why an API server could not be asked, or what it refused: one of a closed set of codes, for metrics and for what to do next.

import { rawText } from './raw-fields.ts';

export type ApiErrorCode =
  /** A token, key or certificate cannot be read. */
  | 'credentials'
  | 'unreachable'
  | 'tls'
  /** The server is silent for longer than it may be. */
  | 'timeout'
  /** Not what an API server sends. */
  | 'malformed'
  | 'unauthorized'
  | 'forbidden'
  /** The server does not know this kind of object. */
  | 'not_found'
  /** The resourceVersion, or the place in a list, is older than what the server remembers. Part of ordinary life. */
  | 'expired'
  | 'throttled'
  | 'server_error'
  /** Any other status. */
  | 'refused';

interface ApiErrorOptions extends ErrorOptions {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** Of the HTTP answer, or of the `Status` in the event that stands for one; 0 without an answer. */
  readonly status: number;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, message: string, { status = 0, retryAfterMs, ...options }: ApiErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error in an answer with `status`; `body` is a `Status` object of Kubernetes, or whatever else a gateway sent. */
export function statusError(status: number, body: unknown, retryAfterMs?: number): ApiError {
  const message = rawText(body, 'message') || 'no explanation';
  return new ApiError(codeOf(status), `status ${status}: ${message}`, { status, retryAfterMs });
}

/** `error` itself, or what stands for a fault that nobody foresaw: the next attempt may be spared it. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('malformed', 'the answer cannot be used', { cause: error });
}

function codeOf(status: number): ApiErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 410:
      return 'expired';
    case 429:
      return 'throttled';
    default:
      return status >= 500 ? 'server_error' : 'refused';
  }
}
