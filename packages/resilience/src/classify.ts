import { deliveredOf } from "@selvage/core";

/**
 * What `retry` does about an error.
 *
 * `fail`: throw it. `retry`: wait, then try again, if attempts are left. `move`: try again at once
 * and for free, because this failure says that another target will do; once per failed target,
 * after that it is a `retry`.
 */
export type RetryAction = "fail" | "retry" | "move";

/** An action and, unless the attempt named it, the target that failed. */
export interface RetryVerdict<Target> {
  readonly action: RetryAction;
  readonly target?: Target | undefined;
}

/** Judges an error. */
export type Classify<Target> = (error: unknown) => RetryAction | RetryVerdict<Target>;

/**
 * The default: an error with a boolean `retryable` (as every error of Selvage has) is taken at its
 * word, an `AbortError` fails, and any other error is tried again: nothing is known about it, and
 * the function was put under `retry`.
 */
export function defaultClassify(error: unknown): RetryAction {
  const retryable = retryableOf(error);
  if (retryable !== undefined) return retryable ? "retry" : "fail";
  return isAbortError(error) ? "fail" : "retry";
}

/**
 * Whether an error counts against a breaker by default: what `retryable` says, timeouts always,
 * an `AbortError` never, anything else yes.
 */
export function defaultBreakerFailure(error: unknown): boolean {
  if (hasKind(error) && error.kind === "timeout") return true;
  return retryableOf(error) ?? !isAbortError(error);
}

/** Whether an error says that the work it is about may have been started. */
export function mayHaveStarted(error: unknown): boolean {
  return deliveredOf(error) === "maybe";
}

function retryableOf(error: unknown): boolean | undefined {
  if (typeof error !== "object" || error === null || !("retryable" in error)) return undefined;
  return typeof error.retryable === "boolean" ? error.retryable : undefined;
}

function hasKind(error: unknown): error is { readonly kind: unknown } {
  return typeof error === "object" && error !== null && "kind" in error;
}

/** Whether an error only says that something was cancelled. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
