// Finds the end of one answer after another on a connection, and reads no more of HTTP than that takes.

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LINE_FEED = 0x0a;

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
}

type Framing = 'head' | 'length' | 'chunks' | 'trailer';

/** For GET without pipelining: the next request goes out after the answer before it. */
export class AnswerReader {
  #framing: Framing = 'head';
  #unread: Buffer = Buffer.alloc(0);
  #status = 0;
  #bodyBytes = 0;
  /** Of the body or of the chunk, with the line end that follows a chunk. */
  #missing = 0;

  /** The answer that ends with `bytes`, or undefined when more must come. @throws Error for what is no answer. */
  read(bytes: Buffer): Answer | undefined {
    const isOver = this.#framing === 'head' ? this.#readHead(bytes) : this.#readBody(bytes);
    if (!isOver) return undefined;
    this.#framing = 'head';
    return { status: this.#status, bodyBytes: this.#bodyBytes };
  }

  #readHead(bytes: Buffer): boolean {
    const seen = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    const end = seen.indexOf(END_OF_HEAD);
    this.#unread = end === -1 ? seen : Buffer.alloc(0);
    if (end === -1) return false;
    this.#begin(seen.toString('latin1', 0, end));
    return this.#readBody(seen.subarray(end + END_OF_HEAD.length));
  }

  #begin(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (status === undefined || (length === undefined && !isChunked)) throw new Error(`no answer: ${head}`);
    this.#status = Number(status);
    this.#framing = isChunked ? 'chunks' : 'length';
    this.#missing = isChunked ? 0 : Number(length);
    this.#bodyBytes = this.#missing;
  }

  #readBody(bytes: Buffer): boolean {
    if (this.#framing !== 'length') return this.#readChunks(bytes);
    this.#missing -= bytes.length;
    if (this.#missing < 0) throw new Error('bytes after the end of an answer');
    return this.#missing === 0;
  }

  #readChunks(bytes: Buffer): boolean {
    let position = 0;
    while (position < bytes.length) {
      const skipped = Math.min(this.#missing, bytes.length - position);
      this.#missing -= skipped;
      position += skipped;
      const end = this.#missing > 0 ? -1 : bytes.indexOf(LINE_FEED, position);
      if (end === -1) {
        this.#unread = Buffer.concat([this.#unread, bytes.subarray(position)]);
        return false;
      }
      const line = this.#unread.toString('latin1') + bytes.toString('latin1', position, end);
      this.#unread = Buffer.alloc(0);
      position = end + 1;
      if (this.#readChunkLine(line.trim())) return true;
    }
    return false;
  }

  /** @returns whether it ended the body. */
  #readChunkLine(line: string): boolean {
    if (this.#framing === 'trailer') return line === '';
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) throw new Error(`no chunk size: ${line}`);
    if (size === 0) this.#framing = 'trailer';
    else this.#missing = size + 2;
    this.#bodyBytes += size;
    return false;
  }
}
