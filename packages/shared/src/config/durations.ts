// Durations as Prometheus writes them (prometheus/common, model/time.go): `1h30m`, `500ms`, `0`.

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
const GRAMMAR = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or undefined when `text` is no duration. Units fall from y to ms, each at most once; only 0 needs none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : GRAMMAR.exec(text);
  if (match === null) return undefined;
  const milliseconds = UNITS.reduce((sum, [, unitMs], index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** The shortest text that parses to `milliseconds` (a whole number, 0 or more). */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  let rest = milliseconds;
  let text = '';
  // Years and weeks are left out, as Prometheus does unless they divide without rest: 90d reads better than 12w6d.
  for (const [unit, unitMs] of UNITS.slice(2)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
