// Text for a status line: Prometheus shows it whole, so it is where a diagnosis is read.

const MAX_LENGTH = 300;

/** `text` as a reason phrase (RFC 9112, 4): printable ASCII, at most 300 characters; anything else becomes `?` or a blank. */
export function reasonPhrase(text: string): string {
  const printable = text
    .slice(0, MAX_LENGTH * 2)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  return printable.length > MAX_LENGTH ? `${printable.slice(0, MAX_LENGTH - 3)}...` : printable;
}
