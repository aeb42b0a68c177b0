import { expect, test } from "vitest";

import { assertEcho, isMessage, MESSAGE_BYTES, messageOf } from "../src/echo/message.ts";

test.each([0, 1, 999_999, 8_999_999, 9_000_000, 2_000_000_000])(
  "the message of call %d has the size of all others",
  (call) => {
    const text = JSON.stringify(messageOf(call));
    expect(Buffer.byteLength(text)).toBe(MESSAGE_BYTES);
    expect(isMessage(JSON.parse(text))).toBe(true);
  },
);

test("the answer of another call is no answer", () => {
  assertEcho(7, messageOf(7));
  expect(() => assertEcho(7, messageOf(8))).toThrow("call 7 got message 1000008 and not 1000007");
});
