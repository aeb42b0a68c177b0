import { type Clock, systemClock } from "@selvage/core";

import { callable, number, whole } from "../checks.ts";
import { isTimeout } from "../classify.ts";
import { type ExecuteOptions, passOn, type Policy, type PolicyContext, run } from "../policy.ts";
import { LatencyHistogram, type LatencySummary } from "./latency-histogram.ts";

/** Construction options of {@link CallMetrics}. */
export interface CallMetricsConfig {
  /** Which errors count as failed calls. Default: all. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** One call that ended. */
export interface CallSample {
  /** How long it took, in milliseconds. */
  readonly latencyMs: number;
  readonly ok: boolean;
  readonly bytesSent?: number | undefined;
  readonly bytesReceived?: number | undefined;
}

/** What {@link CallMetrics} counted since it was made or reset. */
export interface CallSummary {
  /** Calls that ended, well or not. */
  readonly total: number;
  readonly failed: number;
  /** Calls whose caller gave up. They are in none of the other numbers. */
  readonly cancelled: number;
  /** The share of failed calls, 0 to 1; 0 without calls. */
  readonly errorRate: number;
  /** `undefined` without calls. */
  readonly latency: LatencySummary | undefined;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** How long has been counted, in milliseconds. */
  readonly elapsedMs: number;
  readonly callsPerSecond: number;
  /** In both directions. */
  readonly bytesPerSecond: number;
}

/** What the function is given to count what it transfers. */
export interface MetricsContext extends PolicyContext {
  countBytes(bytes: { readonly sent?: number; readonly received?: number }): void;
}

/**
 * Counts calls: how many, how many failed, how long they took, how much they transferred. Bounded
 * in memory, whatever the number of calls.
 */
export class CallMetrics implements Policy<never, MetricsContext> {
  readonly #clock: Clock;
  readonly #isFailure: (error: unknown) => boolean;
  #latencies = new LatencyHistogram();
  #failed = 0;
  #cancelled = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #since: number;

  /** @throws TypeError if `isFailure` is no function. */
  constructor({ isFailure = () => true, clock = systemClock }: CallMetricsConfig = {}) {
    this.#isFailure = callable("isFailure", isFailure);
    this.#clock = clock;
    this.#since = clock.now();
  }

  /**
   * Counts a call that was made elsewhere.
   *
   * @throws RangeError or TypeError naming the number that is wrong.
   */
  record({ latencyMs, ok, bytesSent = 0, bytesReceived = 0 }: CallSample): void {
    number("latencyMs", latencyMs);
    this.#countBytes(bytesSent, bytesReceived);
    this.#latencies.record(latencyMs);
    if (!ok) this.#failed++;
  }

  /** Makes a call and counts it. */
  async execute<R>(
    fn: (context: MetricsContext) => PromiseLike<R> | R,
    options?: ExecuteOptions,
  ): Promise<R> {
    options?.signal?.throwIfAborted();
    const startedAt = this.#clock.now();
    const countBytes: MetricsContext["countBytes"] = ({ sent = 0, received = 0 }) =>
      this.#countBytes(sent, received);
    const context = { ...passOn(options), countBytes };
    const count = (ok: boolean): void => {
      this.record({ latencyMs: this.#clock.now() - startedAt, ok });
    };
    try {
      const value = await run(fn, context);
      count(true);
      return value;
    } catch (error) {
      const { aborted } = context.signal;
      if (aborted && !isTimeout(error)) this.#cancelled++;
      else count(!aborted && !this.#isFailure(error));
      throw error;
    }
  }

  /** What was counted so far, as plain data. */
  summary(): CallSummary {
    const total = this.#latencies.count;
    const elapsedMs = this.#clock.now() - this.#since;
    const perSecond = (count: number): number => (elapsedMs > 0 ? (count / elapsedMs) * 1000 : 0);
    return {
      total,
      failed: this.#failed,
      cancelled: this.#cancelled,
      errorRate: total > 0 ? this.#failed / total : 0,
      latency: total > 0 ? this.#latencies.summary() : undefined,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      elapsedMs,
      callsPerSecond: perSecond(total),
      bytesPerSecond: perSecond(this.#bytesSent + this.#bytesReceived),
    };
  }

  /** Forgets everything and counts from now on, for numbers per period. */
  reset(): void {
    this.#latencies = new LatencyHistogram();
    this.#failed = this.#cancelled = this.#bytesSent = this.#bytesReceived = 0;
    this.#since = this.#clock.now();
  }

  #countBytes(sent: number, received: number): void {
    whole("bytesSent", sent, 0);
    whole("bytesReceived", received, 0);
    this.#bytesSent += sent;
    this.#bytesReceived += received;
  }
}
