import { BytePool, fromUtf8 } from "@selvage/core";

/** Bodies are short-lived: their blocks are not kept for long. */
const bodies = new BytePool();

/** Turns values into bodies and back. */
export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/**
 * JSON in UTF-8. `undefined` is an empty body; a value that JSON cannot carry (a function, a
 * cycle, a bigint) throws `TypeError`, and so do a promise and an iterator, of which JSON would make
 * `{}`.
 */
export const jsonCodec: Codec = {
  encode(value) {
    if (value === undefined) return new Uint8Array();
    if (typeof value === "object" && value !== null) refuseUnfinished(value);
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`JSON cannot carry a ${typeof value}`);
    return bodies.utf8(text);
  },
  decode(bytes) {
    return bytes.length === 0 ? undefined : (JSON.parse(fromUtf8(bytes)) as unknown);
  },
};

/** Somebody forgot to wait, or to say that the service is a stream. */
function refuseUnfinished(value: object): void {
  if (value instanceof Promise) throw new TypeError("JSON cannot carry a promise: await it first");
  if (Symbol.asyncIterator in value || (Symbol.iterator in value && "next" in value)) {
    throw new TypeError("JSON cannot carry an iterator: only streams have several messages");
  }
}

/**
 * Bytes as they are. What is decoded is a view of the message that it came in, and the reader's
 * own. Encoding anything but a `Uint8Array` throws `TypeError`, but for `undefined`, which is empty.
 */
export const bytesCodec: Codec = {
  encode(value) {
    if (value === undefined) return new Uint8Array();
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`bytes are carried as a Uint8Array, not as ${typeof value}`);
  },
  decode: (bytes) => bytes,
};
