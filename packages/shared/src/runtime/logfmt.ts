// One log record as logfmt, the default of all Prometheus programs: `time=… level=info msg="…" key=value`.

const NEEDS_QUOTES = /[\s="\\\x00-\x1f\x7f]/;

/** `fields` in their order, on one line with a line feed. Nested values become JSON. */
export function formatLogfmt(fields: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${key.replace(/[\s="]/g, '_')}=${formatValue(value)}`);
  }
  return `${parts.join(' ')}\n`;
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text === '' || NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text;
}
