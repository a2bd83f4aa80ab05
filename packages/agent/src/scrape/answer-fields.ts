// The header fields of an exporter's answer as undici gives them, made ready for the tunnel. What could not cross it is refused here, so that
// one exporter's fault ends one scrape and not the tunnel of all.

import { endToEndHeaders } from '@pullway/shared/http/end-to-end-headers';
import type { HeaderFields } from '@pullway/shared/protocol/frames';
import { formatHeaderBlock, parseHeaderBlock } from '@pullway/shared/protocol/header-block';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';
import { AnswerRefused } from './exporter-fault.ts';

const FORBIDDEN_IN_REASON = /[^\t\x20-\x7e]/g;

/** The end-to-end fields of `raw` (name, value, … as bytes). @throws AnswerRefused when one of them cannot be passed on. */
export function answerFields(raw: readonly unknown[], place: string): HeaderFields {
  const fields = endToEndHeaders(raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part))));
  try {
    return parseHeaderBlock(formatHeaderBlock(fields));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new AnswerRefused({
      code: 'target_protocol',
      message: `${place} sent a malformed HTTP response: ${error.message}`,
    });
  }
}

/** An exporter's reason phrase, without what a status line of ours cannot hold. */
export function answerReason(reason: string | undefined): string {
  return (reason ?? '').slice(0, 1024).replace(FORBIDDEN_IN_REASON, '?');
}
