/**
 * A plain copy that shares no memory with the source. Not by `slice`, which gives a view where the
 * bytes are a `Buffer`.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
