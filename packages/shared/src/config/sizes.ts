// Sizes as Prometheus writes them (units.Base2Bytes): `512MiB`, `64KB`, both in powers of 1,024.

const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const GRAMMAR = /^(\d{1,15})(?:(?:([KMGT])i?)?B)?$/;

/** Bytes, or undefined when `text` is no size. A bare number is bytes. */
export function parseSize(text: string): number | undefined {
  const match = GRAMMAR.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (FACTORS[match[2] ?? ''] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The size in the largest unit that divides it. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const factor = FACTORS[unit] ?? 1;
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}iB`;
  }
  return `${bytes}B`;
}
