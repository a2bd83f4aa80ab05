// What an error of Node or undici means for a scrape, by its code and never by its text: the failure code and plain words for the scraper.

import type { FailureCode } from '@pullway/shared/protocol/frames';
import type { Exporter } from '../targets/target.ts';
import { EXPORTER_RESET } from './exporter-connector.ts';

export interface ExporterFault {
  readonly code: FailureCode;
  readonly message: string;
}

/** What is wrong with a certificate, by the codes of OpenSSL and Node (node:tls, X509 certificate error codes). */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by an unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed and not trusted',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is not valid for this name',
};

const PROTOCOL_FAULTS: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_OVERFLOW: 'sent more than 64 KiB of header fields',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent a body that does not match its Content-Length',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'sent a body that does not match its Content-Length',
};

/** An error of this name ends an exchange as `fault`: thrown by our own checks of an answer. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
  readonly fault: ExporterFault;

  constructor(fault: ExporterFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** What to tell when the pod of `address` is not what would answer, or has answered, at its IP address. */
export function podGoneMessage(address: string): string {
  return `the pod of ${address} has ended or lost its IP address`;
}

/** What to tell of `error`, met while `exporter` was asked. */
export function exporterFault(error: unknown, exporter: Pick<Exporter, 'host' | 'port'>): ExporterFault {
  if (error instanceof AnswerRefused) return error.fault;
  const cause = innermost(error);
  const code = errorCode(cause);
  const place = `${exporter.host.includes(':') ? `[${exporter.host}]` : exporter.host}:${exporter.port}`;
  const certificate = CERTIFICATE_FAULTS[code];
  if (certificate !== undefined) return { code: 'target_tls', message: `certificate of ${place} ${certificate}` };
  const protocol = PROTOCOL_FAULTS[code];
  if (protocol !== undefined) return { code: 'target_protocol', message: `${place} ${protocol}` };
  if (code.startsWith('HPE_') || isParserError(cause))
    return { code: 'target_protocol', message: `${place} sent a malformed HTTP response` };
  if (code === 'UND_ERR_SOCKET') {
    return { code: 'target_unreachable', message: `${place} closed the connection before the answer was complete` };
  }
  if (isTlsCode(code)) return { code: 'target_tls', message: `TLS with ${place} failed: ${code}` };
  return { code: 'target_unreachable', message: cause instanceof Error ? nameError(cause, place) : `${place} failed` };
}

/** Whether a request on a kept-alive connection met a close that was under way: then a fresh connection is worth one more try. */
export function isClosedConnection(error: unknown): boolean {
  const code = errorCode(innermost(error));
  return code === 'UND_ERR_SOCKET' || code === EXPORTER_RESET || code === 'ECONNRESET' || code === 'EPIPE';
}

function nameError(error: Error, place: string): string {
  return error.message.includes(place) ? error.message : `${place}: ${error.message}`;
}

/** The first error of several connection attempts (happy eyeballs), or the error itself. */
function innermost(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** undici's parser gives most of its errors no code (undici 8, lib/core/errors.js). */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError';
}

function isTlsCode(code: string): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.startsWith('CERT_');
}
