import {
  Bulkhead,
  CircuitBreaker,
  compose,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
  type BreakerTrip,
  type Policy,
} from "../src/index.ts";
import { CallMetrics } from "../src/metrics/index.ts";

type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(agree: Same<A, B>): unknown => agree;

// Every policy is a Policy.
export const policies: readonly Policy<unknown>[] = [
  retry(),
  hedge(),
  timeout(1),
  new CircuitBreaker(),
  new Bulkhead(),
  rateLimit({ limit: 1 }),
  fallback(() => 1),
  compose(),
  new CallMetrics(),
];

// A policy answers what the function answers; only a fallback adds to that.
const plain = compose(retry(), new CircuitBreaker(), timeout(1)).execute(() => 7);
same<typeof plain, Promise<number>>(true);
const alone = fallback(() => undefined).execute(async () => await Promise.resolve(7));
same<typeof alone, Promise<number | undefined>>(true);
const both = compose(
  fallback(() => "stale" as const),
  new Bulkhead(),
  fallback(() => null),
).execute(() => 7);
same<typeof both, Promise<number | "stale" | null>>(true);

// The function gets what all parts give, of nested compositions too.
const inner = compose(hedge(), new CallMetrics());
void compose(retry<string>(), inner).execute(
  ({ attempt, use, excluded, index, signal, countBytes }) => {
    use("target");
    countBytes({ sent: 1 });
    same<typeof excluded, ReadonlySet<string>>(true);
    same<typeof signal, AbortSignal>(true);
    return attempt + index;
  },
);
// @ts-expect-error a breaker says nothing about attempts
void new CircuitBreaker().execute(({ attempt }) => attempt);
// @ts-expect-error nor does a composition without retry
void compose(timeout(1), hedge()).execute(({ attempt }) => attempt);

// A breaker looks at calls or at time.
export const trips: readonly BreakerTrip[] = [
  { calls: 10, failureRate: 0.5 },
  { durationMs: 1000, slowRate: 0.5, minimumCalls: 3 },
  // @ts-expect-error consecutive failures have no rate
  { failures: 3, failureRate: 0.5 },
  // @ts-expect-error a window is of calls or of time
  { calls: 10, durationMs: 1000 },
];
