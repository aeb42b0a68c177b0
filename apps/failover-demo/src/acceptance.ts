import type { StoryOutcome } from "./story.ts";

/** One thing that had to happen, and whether it did. */
export interface Criterion {
  readonly text: string;
  readonly isMet: boolean;
}

/** Checks the run against what failover promises; every line says what was observed. */
export function acceptance({ report, first, second }: StoryOutcome): Criterion[] {
  const { pinned, errors, calls } = report;
  return [
    {
      text: `both calls returned a valid summary (before: ${said(first)}, after: ${said(second)})`,
      isMet: first.isValid && second.isValid,
    },
    {
      text: `the second one came from the standby (from: ${report.after.provider ?? "nobody"})`,
      isMet: report.after.provider === "standby",
    },
    {
      text: `no caller saw an error (${errors} of ${calls} calls failed)`,
      isMet: errors === 0,
    },
    {
      text: `the call pinned to the primary's node id failed (${pinned.kind ?? "it was answered"})`,
      isMet: pinned.failed,
    },
  ];
}

function said({ failure, sentences, isValid }: StoryOutcome["first"]): string {
  if (failure !== undefined) return failure;
  return isValid ? `${sentences.length} sentences` : "not of this text";
}
