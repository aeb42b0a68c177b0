/**
 * Refuses what is no time: a text would be compared as if it were a number, and then be added.
 *
 * @throws TypeError or RangeError naming the option.
 */
export function requirePositive(name: string, value: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`${name} must be a positive number, got ${JSON.stringify(value)}`);
  }
  if (!(value > 0)) throw new RangeError(`${name} must be a positive number, got ${value}`);
}
