// Header fields as one latin1 text, `name LF value LF …`: one string operation each way instead of JSON.
// What it lets through cannot split a message: RFC 9110, 5.5 (values) and 5.6.2 (names).

import { MAX_HEADER_BLOCK_BYTES } from './limits.ts';
import { ProtocolError } from './protocol-error.ts';
import type { HeaderFields } from './frames.ts';

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Visible latin1, blanks and tabs; LF cannot be in a value, since it separates.
const HAS_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/** Names that were found to be tokens: scrapes repeat the same twenty, so the expression runs once for each. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 1024;

/** @throws ProtocolError when the block is too long, has an odd number of parts, or a name or value that could split a message. */
export function parseHeaderBlock(block: string): HeaderFields {
  if (block.length > MAX_HEADER_BLOCK_BYTES) throw new ProtocolError('header block is too long');
  if (block === '') return [];
  const fields = block.split('\n');
  if (fields.length % 2 !== 0) throw new ProtocolError('header block has a name without a value');
  for (let i = 0; i < fields.length; i += 2) checkField(fields[i] ?? '', fields[i + 1] ?? '');
  return fields;
}

/** The block of `fields`. The caller takes them from an HTTP parser, which refuses LF in them. */
export function formatHeaderBlock(fields: HeaderFields): string {
  return fields.join('\n');
}

function checkField(name: string, value: string): void {
  if (!knownNames.has(name)) {
    if (!FIELD_NAME.test(name)) throw new ProtocolError('header name is no token');
    if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(name);
  }
  if (HAS_FORBIDDEN.test(value)) throw new ProtocolError(`header ${name} has a forbidden character`);
}
