// Which header fields may cross a hop, on the path of every scrape: lists stay flat, names keep their case and order.
// It must not know whether it sees a request or a response.

/** Fields that end at each hop: RFC 9110, 7.6.1, and what Connection does not name although it belongs there. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const OWN_PREFIX = 'x-pullway-';

/** Verdicts by name as it was written; scrapes repeat the same twenty names. */
const verdicts = new Map<string, Verdict>();
const MAX_VERDICTS = 1024;

type Verdict = 'passes' | 'stops' | 'connection';

/**
 * The fields of `rawHeaders` (name, value, name, value, …) that an intermediary passes on. Fields that Connection names are dropped, ours
 * (`X-Pullway-…`) too, and repetitions of the very same name and value: Prometheus 3.13 and 3.14 add each of `http_headers` again at each
 * scrape (prometheus/common#981).
 */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const fields: string[] = [];
  let named: ReadonlySet<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    const verdict = verdictOn(name);
    if (verdict === 'passes') pushUnlessRepeated(fields, name, value);
    else if (verdict === 'connection') named = namesIn(value, named);
  }
  return named === undefined ? fields : withoutNamed(fields, named);
}

function verdictOn(name: string): Verdict {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const stops = HOP_BY_HOP.has(lower) || lower.startsWith(OWN_PREFIX);
  const verdict = lower === 'connection' ? 'connection' : stops ? 'stops' : 'passes';
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, verdict);
  return verdict;
}

function pushUnlessRepeated(fields: string[], name: string, value: string): void {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name && fields[i + 1] === value) return;
  }
  fields.push(name, value);
}

/** Names in a Connection field; the two that every client sends need no further look. */
function namesIn(value: string, named: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  if (value === 'keep-alive' || value === 'close') return named;
  const names = value.split(',').map((name) => name.trim().toLowerCase());
  return new Set([...(named ?? []), ...names]);
}

function withoutNamed(fields: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (!named.has(name.toLowerCase())) kept.push(name, fields[i + 1] ?? '');
  }
  return kept;
}
