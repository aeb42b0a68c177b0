import fc from "fast-check";
import { expect, test } from "vitest";

import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  fromUtf8,
  toHex,
  utf8,
} from "../src/index.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

test("hexadecimal round-trips in either case", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = toHex(value);
      expect(text).toMatch(/^[0-9a-f]*$/);
      expect(text).toHaveLength(2 * value.length);
      expect(fromHex(text)).toEqual(value);
      expect(fromHex(text.toUpperCase())).toEqual(value);
    }),
  );
});

test("anything that is not hexadecimal of even length is refused", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(text.length % 2 !== 0 || /[^0-9a-f]/i.test(text));
      expect(() => fromHex(text)).toThrow(TypeError);
    }),
  );
  expect(() => fromHex("abc")).toThrow("expected hexadecimal of even length, got 3 characters");
});

test("text round-trips through UTF-8, also with a byte order mark", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(fromUtf8(utf8(text))).toBe(text);
    }),
  );
  expect(fromUtf8(utf8("\u{FEFF}mark"))).toBe("\u{FEFF}mark");
});

test("malformed UTF-8 is refused", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const wellFormed = Buffer.from(Buffer.from(value).toString("utf8")).equals(value);
      if (wellFormed) expect(utf8(fromUtf8(value))).toEqual(value);
      else expect(() => fromUtf8(value)).toThrow(TypeError);
    }),
  );
});

test("concatenation is one new array with all parts", () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      expect([...concatBytes(...parts)]).toEqual(parts.flatMap((part) => [...part]));
    }),
  );
  const part = Uint8Array.of(1);
  const joined = concatBytes(part);
  part[0] = 9;
  expect(joined).toEqual(Uint8Array.of(1));
});

test("equality and order agree with Buffer's", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      expect(equalBytes(a, Uint8Array.from(a))).toBe(true);
    }),
  );
});
