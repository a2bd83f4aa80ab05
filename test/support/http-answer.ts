// A strict reader of one HTTP/1.1 answer in bytes that may still be arriving. It is not Node's parser, since what a lenient parser
// makes of an answer is just what tests of integrity must not rely on.

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  /** Name, value, … in the order and case in which they came. */
  readonly fields: readonly string[];
  readonly body: Buffer;
  /** Whether the head says where the body ends, and it has come to there. */
  readonly isComplete: boolean;
  /** Bytes that the answer took; what follows belongs to the next one. */
  readonly bytes: number;
}

type Body = Pick<HttpAnswer, 'body' | 'isComplete' | 'bytes'>;

/** The answer at the beginning of `bytes`, or undefined before the end of its head. Throws where it breaks RFC 9112. */
export function readHttpAnswer(bytes: Buffer, method: string): HttpAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3}) ([\t\x20-\x7e\x80-\xff]*)$/.exec(statusLine);
  if (match === null) throw new Error(`no status line: ${statusLine}`);
  const fields = lines.flatMap(readField);
  const status = Number(match[1]);
  const isBodyless = method === 'HEAD' || status === 204 || status === 304 || (method === 'CONNECT' && status === 200);
  const body = isBodyless ? nothing(end + 4) : readBody(bytes, end + 4, fields);
  return { status, reason: match[2] ?? '', fields, ...body };
}

/** The values of the field `name`, in order. */
export function fieldValues(fields: readonly string[], name: string): readonly string[] {
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === name);
}

function readField(line: string): readonly string[] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/.exec(line);
  if (match === null) throw new Error(`no header field: ${JSON.stringify(line)}`);
  return [match[1] ?? '', match[2] ?? ''];
}

function nothing(bytes: number): Body {
  return { body: Buffer.alloc(0), isComplete: true, bytes };
}

function readBody(bytes: Buffer, start: number, fields: readonly string[]): Body {
  const codings = fieldValues(fields, 'transfer-encoding');
  const lengths = fieldValues(fields, 'content-length');
  if (codings.length + lengths.length > 1) throw new Error(`two ways to end a body: ${fields.join(' ')}`);
  if (codings[0] !== undefined) return readChunks(bytes, start, codings[0]);
  // Without either the close is the end, and a cut looks the same: never complete.
  if (lengths[0] === undefined) return { body: bytes.subarray(start), isComplete: false, bytes: bytes.length };
  const end = start + Number(lengths[0]);
  return { body: bytes.subarray(start, end), isComplete: bytes.length >= end, bytes: Math.min(end, bytes.length) };
}

function readChunks(bytes: Buffer, start: number, coding: string): Body {
  if (coding.toLowerCase() !== 'chunked') throw new Error(`transfer coding ${coding}`);
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) break;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('no chunk size');
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) {
      chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
      break;
    }
    if (bytes.toString('latin1', next - 2, next) !== '\r\n') throw new Error('a chunk is longer than it says');
    if (size === 0) return { body: Buffer.concat(chunks), isComplete: true, bytes: next };
    chunks.push(bytes.subarray(lineEnd + 2, next - 2));
    at = next;
  }
  return { body: Buffer.concat(chunks), isComplete: false, bytes: bytes.length };
}
