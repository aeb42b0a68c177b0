/** Digits before or after the point, or both; the alternatives share no first character. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * Reads a 64-bit float as Rust's `f64::from_str` does, so that nodes in any language agree. That is
 * narrower than `Number`, which also takes the empty text, blanks around, `0x10` and `0b1`.
 *
 * @returns NaN, which is neither above nor below anything, for whatever is no number.
 */
export function parseNumber(text: string): number {
  if (DECIMAL.test(text)) return Number(text);
  const sign = INFINITE.exec(text)?.[1];
  if (sign === undefined) return Number.NaN;
  return sign === "-" ? -Infinity : Infinity;
}

/** What `String` gives for numbers from 1e21 up and below 1e-6. */
const EXPONENTIAL = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/;

/** Writes a finite number with as few digits as identify it, and never with an exponent. */
export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const parts = EXPONENTIAL.exec(text);
  if (parts === null) return text;
  const [, sign = "", first = "", rest = "", exponent] = parts;
  const digits = first + rest;
  const point = Number(exponent) + 1;
  return point > 0 ? sign + digits.padEnd(point, "0") : `${sign}0.${"0".repeat(-point)}${digits}`;
}
