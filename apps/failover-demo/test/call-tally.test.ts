import { describe, expect, test } from "vitest";

import { CallTally } from "../src/call-tally.ts";
import { callResult, failedCall } from "./results.ts";

describe("CallTally", () => {
  test("counts who answered, and who did not", () => {
    const tally = new CallTally();
    tally.add(callResult());
    tally.add(callResult({ answeredBy: "standby" }));
    tally.add(failedCall("timeout"));
    expect(tally.calls).toBe(3);
    expect(tally.errors).toBe(1);
    expect(tally.answeredBy).toEqual({ primary: 1, standby: 1 });
  });

  test("the worst call may be one that failed", () => {
    const tally = new CallTally();
    tally.add(callResult({ startedAt: 0, endedAt: 3 }));
    tally.add({ ...failedCall("timeout"), startedAt: 10, endedAt: 5_010 });
    expect(tally.worstCallMs).toBe(5_000);
  });

  test("failover ends with the first answer of the standby to a call from after the fault", () => {
    const tally = new CallTally();
    tally.markFault(100);
    const standby = { answeredBy: "standby" } as const;
    expect(tally.add(callResult({ startedAt: 99, endedAt: 250, ...standby }))).toBe(false);
    expect(tally.add(callResult({ startedAt: 101, endedAt: 251 }))).toBe(false);
    expect(tally.add(callResult({ startedAt: 102, endedAt: 260, ...standby }))).toBe(true);
    expect(tally.add(callResult({ startedAt: 103, endedAt: 255, ...standby }))).toBe(false);
    expect(tally.failoverMs).toBe(160);
  });

  test("knows no failover before the fault", () => {
    const tally = new CallTally();
    expect(tally.add(callResult({ answeredBy: "standby" }))).toBe(false);
    expect(tally.failoverMs).toBeUndefined();
  });

  test("sums up what the mesh did for the calls", () => {
    const tally = new CallTally();
    tally.addEvent({ retries: 1, moves: 2 });
    tally.addEvent({ retries: 0, moves: 1 });
    expect([tally.retries, tally.moves]).toEqual([1, 3]);
  });
});
