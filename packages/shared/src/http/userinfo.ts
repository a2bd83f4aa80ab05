// User and password in front of a host, which neither logs nor answers may show.

/** `text`, be it a URL or less than one, with whatever stands before its last `@` hidden. */
export function hideUserinfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@');
}
