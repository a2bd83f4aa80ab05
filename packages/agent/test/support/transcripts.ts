// Whole answers of a real API server 1.36, header fields included: fixtures/kubernetes/transcripts.

import { readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/kubernetes/transcripts/', import.meta.url);

interface Transcript {
  readonly status: number;
  /** In lower case. */
  readonly fields: readonly string[];
  readonly body: Buffer;
}

export function readTranscript(name: string): Transcript {
  const text = readFileSync(new URL(`${name}.http`, FOLDER), 'utf8');
  const [, head = '', body = ''] = /^(.*?)\r?\n\r?\n(.*)$/s.exec(text) ?? [];
  const [statusLine = '', ...fields] = head.split(/\r?\n/);
  return {
    status: Number(statusLine.split(' ')[1]),
    fields: fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase()),
    body: Buffer.from(body),
  };
}
