// The bodies that are scraped: text in the exposition format, of the sizes that exporters have, always the same bytes.

import { gzipSync } from 'node:zlib';

export interface Body {
  /** Also the name of its path. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** As it travels. */
  readonly bytes: Buffer;
  readonly isGzip: boolean;
}

export const BODIES: readonly Body[] = [
  identityBody('1k', '1 kB', 1_000),
  gzipBody('60k', 60_000),
  identityBody('1m', '1 MB', 1_000_000),
];

function identityBody(name: string, title: string, bytes: number): Body {
  return { name, title, bytes: Buffer.from(exposition(bytes)), isGzip: false };
}

/** As node_exporter answers `Accept-Encoding: gzip`: Go's gzip of 60 kB has some 13 kB too. */
function gzipBody(name: string, textBytes: number): Body {
  const bytes = gzipSync(exposition(textBytes), { level: 6 });
  return { name, title: `60 kB (${Math.round(bytes.length / 1000)} kB gzip)`, bytes, isGzip: true };
}

/** Samples of which the last line is a comment that fills up to exactly `bytes`. */
function exposition(bytes: number): string {
  const random = numbers(7);
  let text = '# HELP bench_operations_total Operations by device and kind.\n# TYPE bench_operations_total counter\n';
  for (let series = 0; ; series += 1) {
    const labels = `device="disk${series % 100}",kind="${random().toString(36).slice(2, 6)}"`;
    const line = `bench_operations_total{${labels}} ${Math.floor(random() * 1e8)}\n`;
    if (text.length + line.length + 2 > bytes) return `${text}#${'.'.repeat(bytes - text.length - 2)}\n`;
    text += line;
  }
}

/** Numbers from 0 to 1 that look random and are the same in every run (the "minimal standard" of Park and Miller). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
