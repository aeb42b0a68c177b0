import { isSelvageError, SelvageError, type SelvageErrorOptions } from "@selvage/core";

/** Kinds thrown by the policies themselves; what your function throws passes through untouched. */
export const resilienceErrorKinds = {
  timeout: {
    retryable: true,
    meaning: "no answer in time",
  },
  "circuit-open": { retryable: true, meaning: "the breaker admits no call" },
  "bulkhead-full": { retryable: true, meaning: "too many calls run and wait" },
  "rate-limited": { retryable: true, meaning: "the rate admits no call" },
  superseded: {
    retryable: false,
    meaning: "another attempt decided the call",
  },
  closed: { retryable: false, meaning: "it was closed" },
} as const;

/** The kinds of {@link ResilienceError}. */
export type ResilienceErrorKind = keyof typeof resilienceErrorKinds;

/** Construction options of {@link ResilienceError}. */
export interface ResilienceErrorOptions extends SelvageErrorOptions {
  readonly retryAfterMs?: number | undefined;
}

/** What a policy decided, as opposed to what the function it ran threw. */
export class ResilienceError extends SelvageError<ResilienceErrorKind> {
  /** With `circuit-open` and `rate-limited`: milliseconds until a call may be admitted again. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ResilienceErrorKind, message: string, options?: ResilienceErrorOptions) {
    super(resilienceErrorKinds, kind, message, options);
    // The name of the class, which minifiers change.
    this.name = "ResilienceError";
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/**
 * Whether `error` is a {@link ResilienceError}, also one from another copy of this package;
 * optionally of one kind.
 */
export function isResilienceError(
  error: unknown,
  kind?: ResilienceErrorKind,
): error is ResilienceError {
  return (
    isSelvageError(error) &&
    error.name === "ResilienceError" &&
    (kind === undefined || error.kind === kind)
  );
}
