import { SelvageError, type SelvageErrorOptions } from "@selvage/core";

/** Kinds thrown by the policies themselves; what your function throws passes through untouched. */
export const resilienceErrorKinds = {
  timeout: {
    retryable: false,
    meaning: "the deadline of the whole operation leaves no room; the cause is the last failure",
  },
  "attempt-timeout": { retryable: true, meaning: "one attempt took longer than it may" },
  "circuit-open": {
    retryable: true,
    meaning: "the breaker admits no call now; `retryAfterMs` says when it may",
  },
  superseded: {
    retryable: false,
    meaning: "another attempt of a hedged call won; the reason on the losers' signals",
  },
} as const;

/** The kinds of {@link ResilienceError}. */
export type ResilienceErrorKind = keyof typeof resilienceErrorKinds;

/** Construction options of {@link ResilienceError}. */
export interface ResilienceErrorOptions extends SelvageErrorOptions {
  readonly retryAfterMs?: number | undefined;
}

/** What a policy decided, as opposed to what the function it ran threw. */
export class ResilienceError extends SelvageError<ResilienceErrorKind> {
  /** With `circuit-open`: milliseconds until a call may be admitted again. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ResilienceErrorKind, message: string, options?: ResilienceErrorOptions) {
    super(resilienceErrorKinds, kind, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}
