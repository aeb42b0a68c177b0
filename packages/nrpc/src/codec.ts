import { fromUtf8, utf8 } from "@selvage/core";

/** Turns values into bodies and back. */
export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/**
 * JSON in UTF-8. `undefined` is an empty body; a value that JSON cannot carry (a function, a
 * cycle, a bigint) throws `TypeError`.
 */
export const jsonCodec: Codec = {
  encode(value) {
    if (value === undefined) return new Uint8Array();
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`JSON cannot carry a ${typeof value}`);
    return utf8(text);
  },
  decode(bytes) {
    return bytes.length === 0 ? undefined : (JSON.parse(fromUtf8(bytes)) as unknown);
  },
};
