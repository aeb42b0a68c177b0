import { expect, test } from "vitest";

import {
  assertSmall,
  decodeTally,
  encodeTally,
  SMALL_BYTES,
  smallMessage,
} from "../src/suites/transport/messages.ts";

test("a small message is told from others by its number", () => {
  assertSmall(70_000, smallMessage(70_000));
  expect(smallMessage(1)).toHaveLength(SMALL_BYTES);
  expect(() => assertSmall(1, smallMessage(2))).toThrow("message 1 came back as 2");
});

test("half a message is no answer, and neither is the end of a stream", () => {
  const half = smallMessage(1).subarray(0, 32);
  expect(() => assertSmall(1, half)).toThrow("message 1 came back with 32 bytes");
  expect(() => assertSmall(1, undefined)).toThrow("message 1 came back with no bytes");
});

test("a tally arrives as it was sent, or not at all", () => {
  const tally = { messages: 3, bytes: 5_000_000_000 };
  expect(decodeTally(encodeTally(tally))).toEqual(tally);
  expect(() => decodeTally(new Uint8Array(15))).toThrow("a tally of 16 bytes");
  expect(() => decodeTally(undefined)).toThrow("a tally of 16 bytes");
});
