import { type Listen, type Random, randomBetween, systemRandom } from "@selvage/core";

import { type BreakerSnapshot, type BreakerState, checkSnapshot } from "./breaker-state.ts";
import { type BreakerTrip, CallWindow } from "./call-window.ts";
import { FOREVER, callable, number, whole } from "./checks.ts";
import { defaultBreakerFailure, isTimeout } from "./classify.ts";
import {
  DEFAULT_FAILURE_THRESHOLD,
  DEFAULT_MAX_RESET_AFTER_MS,
  DEFAULT_RESET_AFTER_MS,
  DEFAULT_SUCCESS_THRESHOLD,
  RESET_JITTER,
} from "./defaults.ts";
import { ResilienceError } from "./errors.ts";
import {
  type ExecuteOptions,
  passOn,
  type Policy,
  type PolicyConfig,
  type PolicyContext,
  type PolicyPorts,
  portsOf,
  run,
} from "./policy.ts";

/** Construction options of {@link CircuitBreaker}. */
export interface CircuitBreakerConfig extends PolicyConfig {
  /** What opens it. Default: 5 failures in a row. */
  readonly trip?: BreakerTrip | undefined;
  /** A call that takes longer, in milliseconds, is slow; as a probe it has failed. Default none. */
  readonly slowCallMs?: number | undefined;
  /** Successful probes in a row that close it. Default 1. */
  readonly successThreshold?: number | undefined;
  /** How long it stays open the first time, in milliseconds. Default 1,000. */
  readonly resetAfterMs?: number | undefined;
  /** It doubles with each opening in a row up to this, in milliseconds. Default 30,000. */
  readonly maxResetAfterMs?: number | undefined;
  /** Which errors {@link CircuitBreaker.execute} counts. Default {@link defaultBreakerFailure}. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Draws the jitter. Default: the system's. */
  readonly random?: Random | undefined;
}

/** Something happened at a breaker. */
export type BreakerEvent =
  | {
      readonly type: "transition";
      readonly from: BreakerState;
      readonly to: BreakerState;
      /** With `to: "open"`: for how long, in milliseconds. */
      readonly resetAfterMs: number | undefined;
    }
  | { readonly type: "refused"; readonly retryAfterMs: number };

/** Options of {@link CircuitBreaker.admit}. */
export interface AdmitOptions {
  /**
   * How long a probe may be out, in milliseconds: after that the next admission takes it for
   * failed. Never longer than the breaker was open, which is the default. Give the call's own
   * deadline if it is shorter.
   */
  readonly leaseMs?: number | undefined;
}

/**
 * The permission to make one call. Tell it the outcome, once: the first word counts, and only
 * while the breaker is in the state that admitted the call. A late result changes nothing.
 */
export interface BreakerLease {
  /** Whether the breaker is half-open and this call decides. */
  readonly isProbe: boolean;
  success(): void;
  /** The target failed, as opposed to refusing a bad request. */
  failure(): void;
  /** The call was abandoned or says nothing about the target: a probe's slot is free again. */
  release(): void;
}

/**
 * Stops calling a target that keeps failing, and tries it again with one probe at a time.
 *
 * One breaker belongs to one target. It sets no timers: an open breaker becomes half-open when the
 * first call after its time is admitted. Inside `retry`, so that an open one means "another".
 */
export class CircuitBreaker implements Policy {
  readonly #window: CallWindow;
  readonly #slowCallMs: number;
  readonly #successThreshold: number;
  readonly #resetAfterMs: number;
  readonly #maxResetAfterMs: number;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #random: Random;
  readonly #ports: PolicyPorts<BreakerEvent>;
  #state: BreakerState = "closed";
  /**
   * Closed: when trouble begins to count as new. Open: when a probe may be made. Half-open: when
   * the lease of the probe ends, or minus infinity while none is out. Isolated: never.
   */
  #until = -FOREVER;
  /** How long it was open last. */
  #openMs = 0;
  /** Openings in a row. */
  #openings = 0;
  /** Good probes in a row. */
  #successes = 0;
  /** Counts transitions: what was admitted under another one does not count any more. */
  #generation = 0;

  /** @throws RangeError or TypeError naming the option that is wrong. */
  constructor(config: CircuitBreakerConfig = {}) {
    this.#window = new CallWindow(config.trip ?? { failures: DEFAULT_FAILURE_THRESHOLD });
    this.#slowCallMs = number("slowCallMs", config.slowCallMs ?? FOREVER);
    this.#successThreshold = whole(
      "successThreshold",
      config.successThreshold ?? DEFAULT_SUCCESS_THRESHOLD,
    );
    this.#resetAfterMs = number("resetAfterMs", config.resetAfterMs ?? DEFAULT_RESET_AFTER_MS, 1);
    this.#maxResetAfterMs = number(
      "maxResetAfterMs",
      config.maxResetAfterMs ?? DEFAULT_MAX_RESET_AFTER_MS,
      1,
    );
    this.#isFailure = callable("isFailure", config.isFailure ?? defaultBreakerFailure);
    this.#random = config.random ?? systemRandom;
    this.#ports = portsOf(config);
  }

  /** The present state. An open breaker whose time is over is `open` until it is asked. */
  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until a call may be admitted; 0 if one would be admitted now. */
  get retryAfterMs(): number {
    if (this.#state === "closed") return 0;
    const now = this.#ports.clock.now();
    this.#endLostProbe(now);
    return Math.max(0, this.#until - now);
  }

  /** Hears of every change of state, after it happened, and of every refused call. */
  get onEvent(): Listen<BreakerEvent> {
    return this.#ports.events.on;
  }

  /**
   * Asks to make a call.
   *
   * @throws {@link ResilienceError} with kind `circuit-open` and `retryAfterMs` if it may not be
   * made now.
   */
  admit({ leaseMs = FOREVER }: AdmitOptions = {}): BreakerLease {
    number("leaseMs", leaseMs);
    const now = this.#ports.clock.now();
    this.#endLostProbe(now);
    const retryAfterMs = this.#state === "closed" ? 0 : this.#until - now;
    if (retryAfterMs > 0) {
      this.#ports.events.emit({ type: "refused", retryAfterMs });
      const text = `${this.state}, next try in ${Math.ceil(retryAfterMs)} ms`;
      throw new ResilienceError("circuit-open", text, { retryAfterMs });
    }
    if (this.#state === "open") this.#successes = 0;
    if (this.#state !== "closed") this.#enter("half-open", now + Math.min(leaseMs, this.#openMs));
    return this.#lease(now);
  }

  /**
   * Makes a call and tells the breaker how it ended. When the signal aborts, the call is abandoned
   * at once and says nothing about the target, unless the reason is a timeout.
   *
   * @throws {@link ResilienceError} with kind `circuit-open`, without calling `fn`.
   */
  async execute<R>(
    fn: (context: PolicyContext) => PromiseLike<R> | R,
    options?: ExecuteOptions & AdmitOptions,
  ): Promise<R> {
    options?.signal?.throwIfAborted();
    const lease = this.admit(options);
    const context = passOn(options);
    try {
      const value = await run(fn, context);
      lease.success();
      return value;
    } catch (error) {
      let failed = false;
      try {
        failed = context.signal.aborted ? isTimeout(error) : this.#isFailure(error);
      } finally {
        if (failed) lease.failure();
        else lease.release();
      }
      throw error;
    }
  }

  /** Refuses all calls until `reset`; results of earlier calls do not count any more. */
  isolate(): void {
    this.#enter("isolated", FOREVER);
  }

  /** Closes it and forgets everything; results of earlier calls do not count any more. */
  reset(): void {
    this.#openings = 0;
    this.#enter("closed", -FOREVER);
  }

  /** What another breaker of the same configuration needs to carry on, as plain data. */
  snapshot(): BreakerSnapshot {
    const state = this.#state === "half-open" ? "open" : this.#state;
    const now = this.#ports.clock.now();
    return {
      state,
      takenAt: this.#ports.clock.wallNow(),
      remainingMs:
        state === this.#state && state !== "isolated" ? Math.max(0, this.#until - now) : 0,
      openMs: this.#openMs,
      openings: this.#openings,
      window: this.#window.export(now),
    };
  }

  /**
   * Carries on where a snapshot was taken: the time since then has passed, by the wall clock.
   * Results of earlier calls do not count any more.
   *
   * @throws RangeError or TypeError for what is no snapshot.
   */
  restore(snapshot: BreakerSnapshot): void {
    checkSnapshot(snapshot);
    const { state, takenAt, remainingMs, window } = snapshot;
    const now = this.#ports.clock.now();
    const elapsedMs = Math.max(0, this.#ports.clock.wallNow() - takenAt);
    ({ openMs: this.#openMs, openings: this.#openings } = snapshot);
    const until = now + Math.max(0, remainingMs - elapsedMs);
    this.#enter(state, state === "isolated" ? FOREVER : until);
    this.#window.restore(now, elapsedMs, window);
  }

  /** A probe that nobody reported on has failed: a half-open breaker cannot hang. */
  #endLostProbe(now: number): void {
    const probing = this.#state === "half-open" && this.#until > -FOREVER;
    if (probing && now >= this.#until) this.#open();
  }

  #lease(admittedAt: number): BreakerLease {
    const generation = this.#generation;
    let open = true;
    const report = (failed?: boolean): void => {
      const counts = open && generation === this.#generation;
      open = false;
      if (counts) this.#report(failed, this.#ports.clock.now() - admittedAt > this.#slowCallMs);
    };
    return {
      isProbe: this.#state === "half-open",
      success: () => report(false),
      failure: () => report(true),
      release: () => report(),
    };
  }

  /** `failed` is `undefined` for a call that says nothing about the target. */
  #report(failed: boolean | undefined, slow: boolean): void {
    const now = this.#ports.clock.now();
    if (this.#state === "closed") {
      if (failed !== undefined && this.#window.record(now, failed, slow)) this.#open();
    } else if (failed !== undefined && (failed || slow)) {
      this.#open();
    } else if (failed === false && ++this.#successes >= this.#successThreshold) {
      // Trouble within the time it was open last counts as the same trouble.
      this.#enter("closed", now + this.#openMs);
    } else {
      this.#until = -FOREVER;
    }
  }

  #open(): void {
    const now = this.#ports.clock.now();
    this.#openings = this.#state === "closed" && now >= this.#until ? 1 : this.#openings + 1;
    const jitter = randomBetween(this.#random, 1 - RESET_JITTER, 1 + RESET_JITTER);
    const exact = this.#resetAfterMs * 2 ** (this.#openings - 1) * jitter;
    this.#openMs = Math.min(exact, this.#maxResetAfterMs);
    this.#enter("open", now + this.#openMs);
  }

  /** The one place where the state changes. */
  #enter(to: BreakerState, until: number): void {
    const from = this.#state;
    this.#state = to;
    this.#until = until;
    this.#generation++;
    this.#window.clear();
    if (from === to) return;
    const resetAfterMs = to === "open" ? this.#openMs : undefined;
    this.#ports.events.emit({ type: "transition", from, to, resetAfterMs });
  }
}
