import type { CallEvent } from "@selvage/nrpc";

import type { Role } from "./roles.ts";
import type { CallResult } from "./summarize-caller.ts";

/** Counts what happened to the calls, and times how long they were without an answer. */
export class CallTally {
  calls = 0;
  errors = 0;
  retries = 0;
  moves = 0;
  worstCallMs = 0;
  /** Fault sent → first answer of the standby to a call that started after it. */
  failoverMs: number | undefined;
  readonly answeredBy: Record<Role, number> = { primary: 0, standby: 0 };
  #faultAt = Number.POSITIVE_INFINITY;

  /** The fault is being sent now. */
  markFault(now: number): void {
    this.#faultAt = now;
  }

  /** Counts a call. Answers whether it is the one by which the standby took over. */
  add({ startedAt, endedAt, answeredBy }: CallResult): boolean {
    this.calls++;
    this.worstCallMs = Math.max(this.worstCallMs, endedAt - startedAt);
    if (answeredBy === undefined) {
      this.errors++;
      return false;
    }
    this.answeredBy[answeredBy]++;
    if (answeredBy === "primary" || startedAt < this.#faultAt) return false;
    const isFirst = this.failoverMs === undefined;
    this.failoverMs ??= endedAt - this.#faultAt;
    return isFirst;
  }

  /** Counts what the mesh did for a call. */
  addEvent({ retries, moves }: Pick<CallEvent, "retries" | "moves">): void {
    this.retries += retries;
    this.moves += moves;
  }
}
