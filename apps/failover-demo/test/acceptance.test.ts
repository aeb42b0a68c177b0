import { describe, expect, test } from "vitest";

import { acceptance } from "../src/acceptance.ts";
import { callResult, failedCall, storyOutcome } from "./results.ts";

const met = (outcome: Parameters<typeof acceptance>[0]): boolean[] =>
  acceptance(outcome).map(({ isMet }) => isMet);

describe("acceptance", () => {
  test("has four lines, all met by a run that went well", () => {
    expect(met(storyOutcome())).toEqual([true, true, true, true]);
  });

  test("misses the first line when the second call failed", () => {
    expect(met(storyOutcome({ second: failedCall("timeout") }))).toEqual([false, true, true, true]);
  });

  test("misses the first line when an answer is no summary of the text", () => {
    const first = callResult({ isValid: false });
    expect(met(storyOutcome({ first }))).toEqual([false, true, true, true]);
  });

  test.each(["primary", null] as const)("misses the second line when %s answered", (provider) => {
    const outcome = storyOutcome({ report: { after: { provider } } });
    expect(met(outcome)).toEqual([true, false, true, true]);
  });

  test("misses the third line when one caller saw an error", () => {
    expect(met(storyOutcome({ report: { errors: 1 } }))).toEqual([true, true, false, true]);
  });

  test("misses the fourth line when the pinned call was answered", () => {
    const outcome = storyOutcome({ report: { pinned: { failed: false, kind: null } } });
    expect(met(outcome)).toEqual([true, true, true, false]);
  });

  test("says what was observed", () => {
    const outcome = storyOutcome({ second: failedCall("no-route"), report: { errors: 3 } });
    const [first, , third, fourth] = acceptance(outcome).map(({ text }) => text);
    expect(first).toContain("after: no-route");
    expect(third).toContain("3 of 100");
    expect(fourth).toContain("timeout");
  });
});
