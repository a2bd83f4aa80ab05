// Addresses as scrapers write them and as they are compared: `host:port` in lower case, port 80 where none is given.

const MAX_ADDRESS_LENGTH = 512;
const HOST_AND_PORT = /^(\[[0-9A-Fa-f:.]+\]|[^\s/\\@?#[\]:\x00-\x20\x7f]+)(?::([0-9]{1,5}))?$/;

/** The normal form of `hostPort`, or undefined when it is none (user info, path, blanks, a port outside 1 to 65535). */
export function normalizeAddress(hostPort: string): string | undefined {
  if (hostPort.length > MAX_ADDRESS_LENGTH) return undefined;
  const match = HOST_AND_PORT.exec(hostPort);
  if (match?.[1] === undefined) return undefined;
  const port = Number(match[2] ?? '80');
  return port >= 1 && port <= 65_535 ? `${match[1].toLowerCase()}:${port}` : undefined;
}

export type AbsoluteForm =
  | { readonly kind: 'parsed'; readonly address: string; readonly path: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Takes an absolute-form request target apart (RFC 9112, 3.2.2). `path` includes the query.
 * Written out because it is on the path of every scrape, and because `new URL` would rewrite path and query.
 */
export function parseAbsoluteForm(target: string): AbsoluteForm {
  if (!/^http:\/\//i.test(target)) return { kind: 'refused', reason: schemeFault(target) };
  const start = 'http://'.length;
  let end = start;
  while (end < target.length && !isAuthorityEnd(target.charCodeAt(end))) end += 1;
  const authority = target.slice(start, end);
  if (authority.includes('@')) return { kind: 'refused', reason: 'a target has no user name in its URL' };
  const address = normalizeAddress(authority);
  if (address === undefined) return { kind: 'refused', reason: 'the URL has no valid host and port' };
  const rest = target.slice(end);
  if (rest.includes('#')) return { kind: 'refused', reason: 'the URL has a fragment' };
  return { kind: 'parsed', address, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** `/`, `?` and `#`. */
function isAuthorityEnd(character: number): boolean {
  return character === 0x2f || character === 0x3f || character === 0x23;
}

function schemeFault(target: string): string {
  return /^https:/i.test(target)
    ? 'https targets are scraped by CONNECT, not by an absolute https URL'
    : 'the request target is no http URL';
}

/** The path of a request target in origin form, without its query. */
export function pathWithoutQuery(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
