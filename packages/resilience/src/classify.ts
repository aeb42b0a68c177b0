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
  /**
   * When the target itself said how long to wait, in milliseconds: exactly so long, and back-off
   * begins anew. Negative, infinite or not a number: it does not want to be asked again.
   */
  readonly delayMs?: number | undefined;
}

/** Judges an error. */
export type Classify<Target> = (error: unknown) => RetryAction | RetryVerdict<Target>;

/**
 * The default: an error with a boolean `retryable` (as every error of Selvage has) is taken at its
 * word, an `AbortError` fails, and any other error is tried again: nothing is known about it, and
 * the function was put under `retry`.
 */
export function defaultClassify(error: unknown): RetryAction {
  return isWorthRepeating(error) ? "retry" : "fail";
}

/**
 * Whether an error counts against a breaker by default: what `retryable` says, timeouts always, an
 * `AbortError` and what another policy refused never, anything else yes.
 */
export function defaultBreakerFailure(error: unknown): boolean {
  const isRefusal = fieldOf(error, "name") === "ResilienceError";
  return isTimeout(error) || (!isRefusal && isWorthRepeating(error));
}

/** Whether an error says that the work it is about may have been started. */
export function mayHaveStarted(error: unknown): boolean {
  return fieldOf(error, "delivered") === "maybe";
}

/** How long an error asks to wait, in milliseconds; 0 if it does not say. */
export function retryAfterOf(error: unknown): number {
  const value = fieldOf(error, "retryAfterMs");
  return typeof value === "number" && value > 0 ? value : 0;
}

/** Whether an error says that something took too long, a `TimeoutError` of the platform too. */
export function isTimeout(error: unknown): boolean {
  return fieldOf(error, "kind") === "timeout" || fieldOf(error, "name") === "TimeoutError";
}

/** Whether an error only says that something was cancelled. */
export function isAbortError(error: unknown): boolean {
  return fieldOf(error, "name") === "AbortError";
}

/** Whether an error, as far as one can tell from it, may not come again. */
export function isWorthRepeating(error: unknown): boolean {
  const retryable = fieldOf(error, "retryable");
  return typeof retryable === "boolean" ? retryable : !isAbortError(error);
}

function fieldOf(error: unknown, name: string): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  return (error as Readonly<Record<string, unknown>>)[name];
}
