// Upper and lower case as Go has it (strings.ToUpper, strings.ToLower): each character by itself becomes one character. JavaScript looks at
// what stands around a letter (the final sigma) and makes several of one (`ß`, `İ`).

export function toUpperCase(text: string): string {
  return Array.from(text, upperCharacter).join('');
}

export function toLowerCase(text: string): string {
  return Array.from(text, lowerCharacter).join('');
}

function upperCharacter(character: string): string {
  const upper = character.toUpperCase();
  return isOneCharacter(upper) ? upper : upperWithIota(character);
}

/** Of all characters, `İ` alone becomes two: an i with a dot above it. */
function lowerCharacter(character: string): string {
  return character === 'İ' ? 'i' : character.toLowerCase();
}

/** A Greek vowel with an iota below has a capital with an iota beside it, and JavaScript writes two letters. `ß` and others have no capital. */
function upperWithIota(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const block = code & ~0x7;
  if (block === 0x1f80 || block === 0x1f90 || block === 0x1fa0) return String.fromCodePoint(code + 8);
  return code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3 ? String.fromCodePoint(code + 9) : character;
}

function isOneCharacter(text: string): boolean {
  return text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;
}
