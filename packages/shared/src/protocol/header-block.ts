// Header fields as one latin1 text, `name LF value LF …`: one string operation each way instead of JSON.
// What it lets through cannot split a message: RFC 9110, 5.5 (values) and 5.6.2 (names). Both ends check: the receiver because
// it trusts nobody, the sender because the receiver would close the tunnel.

import type { HeaderFields } from './frames.ts';
import { HeadError } from './head-error.ts';
import { MAX_HEADER_BLOCK_BYTES } from './limits.ts';
import { ProtocolError } from './protocol-error.ts';

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Visible latin1, blanks and tabs, and LF, which separates. One run over the whole block costs less than one for each value.
const HAS_FORBIDDEN = /[^\t\n\x20-\x7e\x80-\xff]/;

/** Names that were found to be tokens: scrapes repeat the same twenty, so the expression runs once for each. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 1024;
const MAX_KNOWN_NAME_LENGTH = 64;

/** @throws ProtocolError when the block is too long, has an odd number of parts, or a name or value that could split a message. */
export function parseHeaderBlock(block: string): HeaderFields {
  if (block === '') return [];
  const fields = block.split('\n');
  const fault = blockFault(block, fields);
  if (fault !== undefined) throw new ProtocolError(fault);
  return fields;
}

/** The block of `fields`. @throws HeadError when parseHeaderBlock would refuse it, or read other fields out of it. */
export function formatHeaderBlock(fields: HeaderFields): string {
  if (fields.length === 0) return '';
  const block = fields.join('\n');
  const fault = countLines(block) === fields.length ? blockFault(block, fields) : 'a header field has a line break';
  if (fault !== undefined) throw new HeadError(fault);
  return block;
}

function blockFault(block: string, fields: HeaderFields): string | undefined {
  if (block.length > MAX_HEADER_BLOCK_BYTES) return `header fields have more than ${MAX_HEADER_BLOCK_BYTES} bytes`;
  if (fields.length % 2 !== 0) return 'header block has a name without a value';
  if (HAS_FORBIDDEN.test(block)) return 'a header field has a forbidden character';
  for (let i = 0; i < fields.length; i += 2) {
    if (!isFieldName(fields[i] ?? '')) return 'a header name is no token';
  }
  return undefined;
}

function isFieldName(name: string): boolean {
  if (knownNames.has(name)) return true;
  if (!FIELD_NAME.test(name)) return false;
  // A split keeps its whole block alive, and long or ever new names would fill the set for good.
  if (knownNames.size < MAX_KNOWN_NAMES && name.length <= MAX_KNOWN_NAME_LENGTH) knownNames.add(detached(name));
  return true;
}

/** A copy of `text` that holds no larger string alive. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function countLines(block: string): number {
  let lines = 1;
  for (let at = block.indexOf('\n'); at !== -1; at = block.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
