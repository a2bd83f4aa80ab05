// What is wrong with a configuration: all faults at once, each with its place.

export interface Fault {
  readonly message: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

/** What works and may not do what was meant, in the same form. It is told at each load, and refuses nothing. */
export type Note = Fault;

/** Flags or files cannot be used; `faults` has at least one entry. Programs exit with code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    super(faults.map(formatFault).join('\n'), options);
    this.faults = faults;
  }
}

/** `file:line:column: message`, as editors and compilers write it. */
export function formatFault({ file, line, column, message }: Fault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

/** The known word nearest to `word` by edit distance, when it is near enough to be a slip of the pen. */
export function didYouMean(word: string, known: readonly string[]): string {
  const scored = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, word.length / 4) ? `; did you mean ${best.candidate}?` : '';
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
