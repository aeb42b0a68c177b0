import { silentLogger } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { expect, test } from "vitest";

import { decodeResponse } from "../src/frame.ts";
import { type KeyedCall, KeyedCalls } from "../src/server/keyed-calls.ts";
import { statusOfCode } from "../src/status.ts";
import { identityOf } from "./rpc-world.ts";

test("a repeat that runs out of time is not told that the first call did not start", async () => {
  const clock = new ManualClock();
  const calls = new KeyedCalls({ clock, logger: silentLogger });
  let runs = 0;
  const call: KeyedCall = {
    stream: { nodeId: identityOf("caller").nodeId, onFailure: () => {} },
    clock,
    service: "pay",
    key: "k1",
    body: Uint8Array.of(1),
    remainingMs: () => 100,
    run: () => {
      runs++;
      return new Promise(() => {});
    },
  };
  void calls.answer(call);
  const repeat = calls.answer(call);
  await clock.advance(200);
  const answer = await repeat;
  const { header } = (answer && decodeResponse(answer)) ?? {};
  expect(header && [statusOfCode(header.status), header.notStarted]).toEqual(["timeout", false]);
  expect(runs).toBe(1);
});
