import { expect, test } from "vitest";

import { closeFrame, readableReason } from "../src/session/close-frame.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { recordingSink } from "./recording-sink.ts";
import { text } from "./world.ts";

test("a close frame carries code and reason", () => {
  const { sink, log } = recordingSink();
  dispatchFrames(closeFrame(300, text("so long")), sink);
  expect(log).toEqual(["close 300 so long"]);
});

test("a reason is shown as far as it is text, and no longer than need be", () => {
  expect(readableReason(text("so long"))).toBe("so long");
  expect(readableReason(text("x".repeat(10_000)))).toHaveLength(128);
  expect(readableReason(Uint8Array.of(0xff, 0xfe))).toBe("");
  expect(readableReason(new Uint8Array())).toBe("");
});
