import { toHex } from "@selvage/core";
import { expect, test } from "vitest";

import { generatePsk, parsePsk } from "../src/index.ts";

test("a generated key is 32 bytes, fresh each time, and accepted", () => {
  const psk = generatePsk();
  expect(psk).toHaveLength(32);
  expect(toHex(generatePsk())).not.toBe(toHex(psk));
  expect(toHex(parsePsk(psk))).toBe(toHex(psk));
});

test("a generated key comes from the given entropy", () => {
  const psk = generatePsk({ bytes: (length) => new Uint8Array(length).fill(5) });
  expect(toHex(psk)).toBe("05".repeat(32));
});

test("text is refused with the reason and without showing it", () => {
  const parse = (): Uint8Array => parsePsk("correct horse battery staple" as never);
  expect(parse).toThrow(TypeError);
  expect(parse).toThrow(/text can be guessed from one recorded handshake.*generatePsk/);
  expect(parse).not.toThrow(/horse/);
});

test("other lengths and an unfilled buffer are refused", () => {
  expect(() => parsePsk(new Uint8Array(31).fill(1))).toThrow("psk must be 32 bytes, got 31");
  expect(() => parsePsk(new Uint8Array(32))).toThrow(/all zero/);
});

test.each([
  ["an array", new Uint8Array(32)],
  ["a Buffer", Buffer.alloc(32)],
])("the key parsed from %s is a copy", (_, source) => {
  source.fill(1);
  const psk = parsePsk(source);
  source.fill(2);
  expect(toHex(psk)).toBe("01".repeat(32));
});
