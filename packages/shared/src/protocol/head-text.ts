// The texts of a head outside its header block: which characters they may have, at both ends.

/** Request target in origin-form, printable and without blanks (RFC 9112, 3.2.1); a proxy cannot smuggle a line by it. */
const REQUEST_TARGET = /^\/[\x21-\x7e\x80-\xff]*$/;

/** RFC 9112, 4. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** latin1 without control characters: an address is looked up, never parsed. */
const ADDRESS = /^[\x21-\x7e\x80-\xff]*$/;

/** Longest text of a head in bytes, as its length is a `u16`. */
const MAX_TEXT_LENGTH = 65_535;

export function isRequestTarget(path: string): boolean {
  return path.length <= MAX_TEXT_LENGTH && REQUEST_TARGET.test(path);
}

export function isReason(reason: string): boolean {
  return reason.length <= MAX_TEXT_LENGTH && REASON.test(reason);
}

export function isAddressText(address: string): boolean {
  return address.length <= MAX_TEXT_LENGTH && ADDRESS.test(address);
}
