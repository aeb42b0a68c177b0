/** Major, minor, patch. */
export type Version = readonly [bigint, bigint, bigint];

const MAX_U64 = 18_446_744_073_709_551_615n;
/**
 * As many digits as 64 bits can have, after any zeros. Unicode's blanks around are allowed;
 * `String.trim` has another idea of what these are.
 */
const NUMBER = /^\p{White_Space}*0*(\d{1,20})\p{White_Space}*$/u;

/**
 * Reads one to three numbers of 64 bits with points between them; what is missing is 0. Anything
 * from the first `-` or `+` on, pre-release and build, is left out.
 */
export function parseVersion(text: string): Version | undefined {
  const end = text.search(/[-+]/);
  const parts = (end === -1 ? text : text.slice(0, end)).split(".", 4);
  if (parts.length > 3) return undefined;
  const numbers: bigint[] = [];
  for (const part of parts) {
    const digits = NUMBER.exec(part)?.[1];
    if (digits === undefined) return undefined;
    const number = BigInt(digits);
    if (number > MAX_U64) return undefined;
    numbers.push(number);
  }
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  return [major, minor, patch];
}

/** Below zero, zero or above, as for sorting. */
export function compareVersions(a: Version, b: Version): number {
  for (const at of [0, 1, 2] as const) {
    if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return 0;
}

/**
 * Whether who asks for `wanted` can work with `offered`: not older, and equal in its first number
 * that is not 0, and before it. So 1.9 serves 1.2, 0.2.9 serves 0.2.3, and 0.0.3 only itself.
 */
export function isCompatible(offered: Version, wanted: Version): boolean {
  if (compareVersions(offered, wanted) < 0) return false;
  const leading = wanted.findIndex((number) => number !== 0n);
  // Of 0.0.0 nothing is stable: like 0.0.p it is compatible with itself alone.
  const kept = leading === -1 ? wanted.length : leading + 1;
  return wanted.slice(0, kept).every((number, at) => number === offered[at]);
}
