declare const subnetIdBrand: unique symbol;

/**
 * A place in a tree of subnets, four levels deep: on each a number from 1 to 255, the widest level
 * first. 0 says nothing about a level, nor about those below it; `0.0.0.0` is the root.
 */
export type SubnetId = number & { readonly [subnetIdBrand]: true };

/** Levels of a {@link SubnetId}. */
export const SUBNET_LEVELS = 4;

/** The highest number on one level of a {@link SubnetId}. */
export const MAX_SUBNET_LEVEL_VALUE = 255;

/** The subnet that contains all others, `0.0.0.0`. */
export const ROOT_SUBNET: SubnetId = 0 as SubnetId;

const TEXT = /^\d{1,3}(?:\.\d{1,3}){0,3}$/;
const BITS_PER_LEVEL = 8;

/**
 * Makes a subnet id of its levels, the widest first; levels left out are 0.
 *
 * @throws RangeError for more than four levels, for a level that is not a whole number from 0 to
 * 255, or for one below a level of 0.
 */
export function subnetId(...levels: readonly number[]): SubnetId {
  if (levels.length > SUBNET_LEVELS) {
    throw new RangeError(`a subnet has at most ${SUBNET_LEVELS} levels, got ${levels.length}`);
  }
  let id = 0;
  let open = true;
  for (let i = 0; i < SUBNET_LEVELS; i++) {
    const level = levels[i] ?? 0;
    if (!Number.isInteger(level) || level < 0 || level > MAX_SUBNET_LEVEL_VALUE) {
      throw new RangeError(
        `a level of a subnet must be a whole number from 0 to ${MAX_SUBNET_LEVEL_VALUE}, got ${level}`,
      );
    }
    if (level !== 0 && !open) {
      throw new RangeError(`a level below 0 must be 0, got "${levels.join(".")}"`);
    }
    open = level !== 0;
    id = id * 2 ** BITS_PER_LEVEL + level;
  }
  return id as SubnetId;
}

/**
 * Reads `3.7.2.0`, or shorter `3.7.2`.
 *
 * @throws TypeError unless the text is one to four decimal numbers between dots.
 * @throws RangeError as {@link subnetId} does.
 */
export function parseSubnetId(text: string): SubnetId {
  if (!TEXT.test(text)) {
    throw new TypeError(`a subnet must read like "3.7.2.0", got "${text.slice(0, 32)}"`);
  }
  return subnetId(...text.split(".").map(Number));
}

/** All four levels, as in `3.7.2.0`. */
export function formatSubnetId(id: SubnetId): string {
  return subnetLevels(id).join(".");
}

/** The numbers on all four levels, the widest first. */
export function subnetLevels(id: SubnetId): readonly number[] {
  return [id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff];
}

/** For sorting: a subnet comes right before what it contains. */
export function compareSubnetIds(a: SubnetId, b: SubnetId): number {
  return a - b;
}

/** Whether the first subnet contains the second and is not the same. The root contains all others. */
export function isSubnetAncestor(ancestor: SubnetId, of: SubnetId): boolean {
  if (ancestor === of) return false;
  const below = subnetLevels(of);
  return subnetLevels(ancestor).every((level, i) => level === 0 || level === below[i]);
}
