import type { Clock, NodeId } from "@selvage/core";

import type { AttemptAction, AttemptRecord } from "../client/call-event.ts";
import type { AttemptSpan, CallSpan } from "./call-tracer.ts";

/** The most attempts kept in a call's record. */
const MAX_RECORDED = 64;
/** The outcome of an attempt that has none yet. */
const RUNNING = "";

/** An attempt under way, or as it ended. */
export class TrackedAttempt implements AttemptRecord {
  readonly provider: NodeId;
  readonly action: AttemptAction;
  readonly startedAt: number;
  durationMs = 0;
  outcome: string = RUNNING;
  /** Not for those who read the record. */
  readonly #span: AttemptSpan | undefined;

  constructor(
    provider: NodeId,
    action: AttemptAction,
    startedAt: number,
    span: AttemptSpan | undefined,
  ) {
    this.provider = provider;
    this.action = action;
    this.startedAt = startedAt;
    this.#span = span;
  }

  get span(): AttemptSpan | undefined {
    return this.#span;
  }

  /** It has an outcome. */
  get isOver(): boolean {
    return this.outcome !== RUNNING;
  }
}

/** The attempts of one call. Once the call has ended, nothing changes any more. */
export class AttemptTrail {
  readonly #clock: Clock;
  readonly #attempts: TrackedAttempt[] = [];
  #omitted = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt begins. */
  begin(provider: NodeId, action: AttemptAction, span: CallSpan | undefined): TrackedAttempt {
    const own = span?.startAttempt(provider, action);
    const attempt = new TrackedAttempt(provider, action, this.#clock.now(), own);
    if (this.#attempts.length < MAX_RECORDED && !this.#isClosed) this.#attempts.push(attempt);
    else this.#omitted++;
    return attempt;
  }

  /** An attempt has ended; the first end counts. */
  end(attempt: TrackedAttempt, outcome: string): void {
    if (attempt.isOver) return;
    attempt.durationMs = this.#clock.now() - attempt.startedAt;
    attempt.outcome = outcome;
    attempt.span?.end(attempt);
  }

  /** The call has ended: what still runs was given up for that `outcome`. */
  close(outcome: string): void {
    for (const attempt of this.#attempts) this.end(attempt, outcome);
    this.#isClosed = true;
  }

  get attempts(): readonly AttemptRecord[] {
    return this.#attempts;
  }

  get omitted(): number {
    return this.#omitted;
  }
}
