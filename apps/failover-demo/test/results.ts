import type { DemoReport } from "../src/report.ts";
import type { StoryOutcome } from "../src/story.ts";
import type { CallResult } from "../src/summarize-caller.ts";

/** A call that went well, and what is different about this one. */
export function callResult(different: Partial<CallResult> = {}): CallResult {
  return {
    startedAt: 0,
    endedAt: 1,
    answeredBy: "primary",
    sentences: ["One."],
    isValid: true,
    failure: undefined,
    ...different,
  };
}

/** A call that failed. */
export function failedCall(failure: string): CallResult {
  return callResult({ answeredBy: undefined, sentences: [], isValid: false, failure });
}

/** A run that went well, and what is different about this one. */
export function storyOutcome({
  report,
  ...different
}: Partial<Omit<StoryOutcome, "report">> & { report?: Partial<DemoReport> } = {}): StoryOutcome {
  return {
    first: callResult(),
    second: callResult({ answeredBy: "standby" }),
    hasReturned: true,
    ...different,
    report: {
      fault: "kill",
      mode: "retry",
      calls: 100,
      errors: 0,
      retries: 0,
      moves: 5,
      before: { provider: "primary" },
      after: { provider: "standby" },
      pinned: { failed: true, kind: "timeout" },
      worstCallMs: 170,
      failoverMs: 165,
      loopDelayMs: 2,
      answeredBy: { primary: 50, standby: 50 },
      ...report,
    },
  };
}
