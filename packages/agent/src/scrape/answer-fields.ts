// Status line and header fields of an exporter's answer as undici gives them, made ready for the tunnel.

import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';
import type { HeaderFields } from '@pullway/shared/protocol/frames';

const FORBIDDEN_IN_REASON = /[^\t\x20-\x7e]/g;

/** The end-to-end fields of `raw` (name, value, … as bytes). */
export function answerFields(raw: readonly unknown[]): HeaderFields {
  return endToEndHeaders(raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part))));
}

/** An exporter's reason phrase, without what a status line of ours cannot hold. */
export function answerReason(reason: string | undefined): string {
  return (reason ?? '').slice(0, 1024).replace(FORBIDDEN_IN_REASON, '?');
}

/** What Content-Length among `fields` says, in bytes; 0 where it says nothing that is a number. */
export function announcedBytes(fields: HeaderFields): number {
  const name = fields.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === 'content-length');
  return name === -1 ? 0 : Number(fields[name + 1]) || 0;
}
