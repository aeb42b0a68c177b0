/**
 * Throws `RangeError` naming the argument unless it has exactly `length` bytes; never prints the
 * bytes.
 */
export function requireLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`${name} must be ${length} bytes, got ${bytes.length}`);
  }
}
