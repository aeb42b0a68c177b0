import { describe, expect, test } from "vitest";

import {
  findViolations,
  type LoggedCall,
  type Outage,
  sortIntoPhases,
} from "../src/soak/call-log.ts";
import { callResult, failedCall } from "./results.ts";

const outage: Outage = { struckAt: 100, from: 110, to: 200, isLost: false };

function logged(startedAt: number, endedAt: number, different: Partial<LoggedCall>): LoggedCall {
  return { ...callResult(), id: "7", isDoomed: false, startedAt, endedAt, ...different };
}

describe("phases", () => {
  test("count calls that lie in them as a whole", () => {
    const primary = { answeredBy: "primary" } as const;
    const standby = { answeredBy: "standby" } as const;
    const calls = [
      logged(90, 99, primary),
      logged(95, 150, standby),
      logged(105, 150, standby),
      logged(110, 150, standby),
      logged(199, 205, primary),
      logged(200, 205, primary),
    ];
    expect(sortIntoPhases(calls, outage)).toEqual({
      before: { primary: 1, standby: 0 },
      during: { primary: 0, standby: 1 },
      after: { primary: 1, standby: 0 },
    });
  });
});

describe("a violation is", () => {
  const noStarts = { primary: {}, standby: {} };
  const started = { primary: { 7: 1 }, standby: { 7: 1 } };

  test.each([
    ["one that passed its deadline", failedCall("timeout"), "timeout"],
    ["one that was cancelled", failedCall("cancelled"), "cancelled"],
    [
      "one that the standby answered",
      callResult({ answeredBy: "standby" }),
      "answered by the standby",
    ],
  ])("a call that a stopped primary starts later: %s", (_name, result, ending) => {
    const call = { ...result, id: "7", isDoomed: true, startedAt: 120, endedAt: 150 };
    expect(findViolations([call], outage, started)).toEqual([
      `call 7 was started by the primary after it had ended: ${ending}`,
    ]);
    expect(findViolations([call], outage, { ...started, primary: {} })).toEqual([]);
  });

  test("no such call, if it was under way when the primary was stopped or went on", () => {
    const early = { ...failedCall("timeout"), id: "7", isDoomed: false, startedAt: 105 };
    const late = { ...failedCall("timeout"), id: "7", isDoomed: true, startedAt: 120 };
    const calls = [
      { ...early, endedAt: 150 },
      { ...late, endedAt: 200 },
    ];
    expect(findViolations(calls, outage, started)).toEqual([]);
  });

  test("an answer of a primary that is out", () => {
    const call = logged(120, 150, { answeredBy: "primary" });
    expect(findViolations([call], outage, noStarts)[0]).toBe(
      "call 7 was answered by the primary, which was out",
    );
  });

  test("an answer that nobody wrote down, but for what was lost with its process", () => {
    const call = logged(50, 60, { answeredBy: "primary" });
    expect(findViolations([call], outage, noStarts)).toEqual([
      "call 7 was answered by the primary, which did not start it",
    ]);
    expect(findViolations([call], { ...outage, isLost: true }, noStarts)).toEqual([]);
    const later = logged(210, 220, { answeredBy: "primary" });
    expect(findViolations([later], { ...outage, isLost: true }, noStarts)).toHaveLength(1);
  });
});
