/** The first UTF-16 unit that is a surrogate. */
const FIRST_SURROGATE = 0xd800;
/** The first UTF-16 unit above the surrogates. */
const ABOVE_SURROGATES = 0xe000;

/**
 * Orders strings as their UTF-8 bytes would be ordered, for canonical forms. The `<` of strings
 * compares UTF-16 units, in which characters beyond U+FFFF come before those of U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves the surrogates above all other units. */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit >= ABOVE_SURROGATES ? unit - 0x800 : unit + 0x2000;
}

/** The number of bytes that a string takes as UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Whether a string has half a surrogate pair somewhere, which UTF-8 cannot say. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
