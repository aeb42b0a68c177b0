import type { Role } from "../roles.ts";
import type { CallResult } from "../summarize-caller.ts";
import type { Counts } from "./journal.ts";

/** One call as its caller saw it. */
export interface LoggedCall extends CallResult {
  readonly id: string;
  /** Made to a stopped provider, to be given up: it has to fail. */
  readonly isDoomed: boolean;
}

/** When the primary was certainly out, in the clock's milliseconds. */
export interface Outage {
  /** The signal was about to be sent. */
  readonly struckAt: number;
  /** The system says that the process is stopped or gone. */
  readonly from: number;
  /** It is about to be continued or started again. */
  readonly to: number;
  /** The process that comes back is another one, which knows nothing of before. */
  readonly isLost: boolean;
}

/** Who answered the calls that lie within one part of a run as a whole. */
export type AnsweredBy = Readonly<Record<Role, number>>;

/** Calls by whether they ended before an outage, lie within it, or began after it. */
export interface Phases {
  readonly before: AnsweredBy;
  readonly during: AnsweredBy;
  readonly after: AnsweredBy;
}

/** Sorts these calls. Those that were under way when the primary went or came back are in no phase. */
export function sortIntoPhases(calls: readonly LoggedCall[], outage: Outage): Phases {
  return {
    before: countByRole(calls.filter(({ endedAt }) => endedAt < outage.struckAt)),
    during: countByRole(calls.filter((call) => isWithin(call, outage))),
    after: countByRole(calls.filter(({ startedAt }) => startedAt >= outage.to)),
  };
}

/**
 * What must not have happened, in words: a provider that is out answers nothing, and once it is back
 * it starts nothing that was given up, cancelled or answered elsewhere meanwhile. That each answer
 * was started by whoever gave it shows that the journals are complete.
 */
export function findViolations(
  calls: readonly LoggedCall[],
  outage: Outage,
  journals: Readonly<Record<Role, Counts>>,
): string[] {
  const starts = (role: Role, id: string): number => journals[role][id] ?? 0;
  return calls.flatMap((call) => {
    const { id, answeredBy } = call;
    const found: string[] = [];
    if (isWithin(call, outage)) {
      const ending = answeredBy === undefined ? call.failure : `answered by the ${answeredBy}`;
      if (answeredBy === "primary")
        found.push(`call ${id} was answered by the primary, which was out`);
      if (starts("primary", id) > 0) {
        found.push(`call ${id} was started by the primary after it had ended: ${ending}`);
      }
    }
    if (answeredBy !== undefined && isKept(call, answeredBy, outage) && !starts(answeredBy, id)) {
      found.push(`call ${id} was answered by the ${answeredBy}, which did not start it`);
    }
    return found;
  });
}

function isWithin({ startedAt, endedAt }: LoggedCall, { from, to }: Outage): boolean {
  return startedAt >= from && endedAt < to;
}

/** Whether the journal must have it: what a process wrote down is lost with it. */
function isKept({ startedAt }: LoggedCall, role: Role, { to, isLost }: Outage): boolean {
  return role === "standby" || !isLost || startedAt >= to;
}

function countByRole(calls: readonly LoggedCall[]): AnsweredBy {
  const by = (role: Role): number => calls.filter((call) => call.answeredBy === role).length;
  return { primary: by("primary"), standby: by("standby") };
}
