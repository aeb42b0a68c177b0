import { createBackoff } from "./backoff.ts";
import { runBounded } from "./bounded.ts";
import { FOREVER } from "./checks.ts";
import { defaultClassify, mayHaveStarted, retryAfterOf, type RetryVerdict } from "./classify.ts";
import { DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_BACKOFF_MS, MAX_MOVES } from "./defaults.ts";
import { ResilienceError } from "./errors.ts";
import type { ExecuteOptions, PolicyPorts } from "./policy.ts";
import type { AttemptContext, GiveUpReason, RetryConfig, RetryEvent } from "./retry.ts";

/**
 * One call under `retry`. Its state is in closures rather than in the fields of a class, as in a
 * race of `hedge`: it takes less room in other people's bundles.
 */
export async function runOperation<R, Target>(
  fn: (context: AttemptContext<Target>) => PromiseLike<R> | R,
  options: ExecuteOptions | undefined,
  config: RetryConfig<Target>,
  { clock, events }: PolicyPorts<RetryEvent<Target>>,
): Promise<R> {
  const { deadlineMs = FOREVER, attemptTimeoutMs = FOREVER, budget } = config;
  const signal = options?.signal;
  const deadlineAt = clock.now() + deadlineMs;
  const excluded = new Set<Target>();
  /** Targets whose free move is used up; `undefined` stands for all that were not named. */
  const movedOff = new Set<Target | undefined>();
  let backoff = createBackoff(config);
  let attempts = 0;
  let counted = 0;
  let moves = 0;
  let target: Target | undefined;
  /** The last failure, which becomes the cause if time runs out. */
  let failure: { readonly cause: unknown } | undefined;
  /** What the attempt that met the deadline was aborted with. */
  let expired: ResilienceError | undefined;

  const outOfTime = (): ResilienceError => {
    const text = `${deadlineMs} ms were not enough for ${attempts} attempts`;
    return new ResilienceError("timeout", text, failure ?? {});
  };

  const tryOnce = (): Promise<R> => {
    const attempt = ++attempts;
    const left = deadlineAt - clock.now();
    const timeoutMs = Math.min(attemptTimeoutMs, left);
    target = undefined;
    const use = (named: Target): void => {
      if (attempt === attempts) target = named;
    };
    const liftExclusions = (): void => {
      excluded.clear();
      movedOff.clear();
    };
    const timeoutError = (): ResilienceError => {
      if (left <= attemptTimeoutMs) return (expired = outOfTime());
      return new ResilienceError("timeout", `no answer within ${timeoutMs} ms`);
    };
    const context = { ...options, attempt, excluded, timeoutMs, use, liftExclusions };
    return runBounded(fn, context, { clock, timeoutMs, timeoutError });
  };

  /** The next wait; not a number if the target does not want to be asked again so soon. */
  const nextWait = (error: unknown): number => {
    const hint = retryAfterOf(error);
    const longest = config.maxBackoffMs ?? DEFAULT_MAX_BACKOFF_MS;
    return hint > longest ? Number.NaN : Math.max(backoff(), hint);
  };

  /** Answers how long to wait before the next attempt, or throws what the operation ends with. */
  const judge = (error: unknown): number => {
    if (error === expired) throw error;
    failure = { cause: error };
    if (expired !== undefined) throw outOfTime();
    if (mayHaveStarted(error) && config.maybeDelivered !== true) throw error;
    const judged = (config.classify ?? defaultClassify)(error);
    const verdict: RetryVerdict<Target> = typeof judged === "string" ? { action: judged } : judged;
    if (verdict.action === "fail") throw error;
    const failed = verdict.target ?? target;
    const about = { attempt: attempts, error, target: failed };
    const giveUp = (reason: GiveUpReason): unknown => {
      events.emit({ type: "give-up", reason, ...about });
      return reason === "deadline" ? outOfTime() : error;
    };
    if (failed !== undefined) excluded.add(failed);
    if (verdict.action === "move" && !movedOff.has(failed) && moves < MAX_MOVES) {
      movedOff.add(failed);
      moves++;
      events.emit({ type: "move", delayMs: 0, ...about });
      return 0;
    }
    counted++;
    budget?.spend();
    if (counted >= (config.maxAttempts ?? DEFAULT_MAX_ATTEMPTS)) throw giveUp("attempts");
    if (budget?.allows === false) throw giveUp("budget");
    const delayMs = verdict.delayMs ?? nextWait(error);
    // What the target itself says begins a new series of waits.
    if (verdict.delayMs !== undefined) backoff = createBackoff(config);
    if (!(delayMs >= 0 && delayMs < FOREVER)) throw giveUp("pushback");
    if (clock.now() + delayMs >= deadlineAt) throw giveUp("deadline");
    events.emit({ type: "retry", delayMs, ...about });
    return delayMs;
  };

  for (;;) {
    if (clock.now() >= deadlineAt) throw outOfTime();
    try {
      const value = await tryOnce();
      budget?.earn();
      return value;
    } catch (error) {
      signal?.throwIfAborted();
      const delayMs = judge(error);
      if (delayMs > 0) await clock.sleep(delayMs, { signal });
    }
  }
}
