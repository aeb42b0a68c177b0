import type { SelectionPolicy, CallHedgeOptions, CallRetryOptions } from "@selvage/nrpc";

/** How a handler is to answer one call. */
export interface Script {
  /** Before it answers anything, in milliseconds. */
  readonly workMs: number;
  /** Sizes of its responses, in characters; of those that it gives of its own accord. */
  readonly responses: readonly number[];
  readonly responseGapMs: number;
  /** Requests that it reads; default all. */
  readonly readsUntil: number | undefined;
  readonly readGapMs: number;
  /** Of bidirectional ones: each request is answered at once. */
  readonly echoes: boolean;
  /** It asks for its signal. */
  readonly hasSignal: boolean;
  /** It gives up when its signal says so. */
  readonly heedsSignal: boolean;
  /** How it fails, after all its responses. */
  readonly fails: "application" | "throw" | undefined;
}

/** What a caller wants of one call. */
export interface CallSpec {
  readonly service: string;
  /** The machine that a pinned call is for. */
  readonly pinnedTo: string | undefined;
  readonly retry: boolean | CallRetryOptions;
  readonly hedge: boolean | CallHedgeOptions;
  readonly attemptTimeoutMs: number | undefined;
  readonly policy: SelectionPolicy;
  /** The machine that the caller does not trust. */
  readonly distrusts: string | undefined;
  readonly filterUnhealthy: boolean;
  readonly deadlineMs: number;
  /** When the caller loses interest. */
  readonly cancelAfterMs: number | undefined;
  /** Responses after which the caller leaves. */
  readonly leavesAfter: number | undefined;
  /** Between two reads of responses. */
  readonly readGapMs: number;
  readonly key: string | undefined;
  /** Calls with equal contents have equal requests. */
  readonly content: number;
  /** Sizes of the requests, in characters. */
  readonly requests: readonly number[];
  readonly requestGapMs: number;
  /** The requests throw, in place of the one with this number. */
  readonly throwsAt: number | undefined;
  readonly script: Script;
  /** What the handler calls in its turn, if it has the chance. */
  readonly nested: CallSpec | undefined;
  /** It is owed an answer, if anybody could give it. */
  readonly isOwed: boolean;
  /** All is well when it is made. */
  readonly isLast: boolean;
}
