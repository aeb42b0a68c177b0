import {
  assertNever,
  type Clock,
  Emitter,
  type Listen,
  type Random,
  randomBetween,
  raceSignal,
  systemClock,
  systemRandom,
} from "@selvage/core";

import { defaultBreakerFailure } from "./classify.ts";
import {
  DEFAULT_FAILURE_THRESHOLD,
  DEFAULT_MAX_RESET_AFTER_MS,
  DEFAULT_RESET_AFTER_MS,
  DEFAULT_SUCCESS_THRESHOLD,
  RESET_JITTER,
} from "./defaults.ts";
import { ResilienceError } from "./errors.ts";

/** Construction options of {@link CircuitBreaker}. */
export interface CircuitBreakerConfig {
  /** Failures in a row that open it. Default 5. */
  readonly failureThreshold?: number | undefined;
  /** Successful probes in a row that close it. Default 1. */
  readonly successThreshold?: number | undefined;
  /** How long it stays open the first time, in milliseconds. Default 1,000. */
  readonly resetAfterMs?: number | undefined;
  /** It doubles with each opening in a row up to this, in milliseconds. Default 30,000. */
  readonly maxResetAfterMs?: number | undefined;
  /** Which errors {@link CircuitBreaker.execute} counts. Default {@link defaultBreakerFailure}. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Draws the jitter. Default: the system's. */
  readonly random?: Random | undefined;
  /** Hears what a listener throws. Default: it becomes an unhandled rejection. */
  readonly reportError?: ((error: unknown) => void) | undefined;
}

/** What a breaker does with calls: admit all, none, or one at a time as a probe. */
export type BreakerState = "closed" | "open" | "half-open";

/** A change of state. */
export interface BreakerTransition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** With `to: "open"`: for how long, in milliseconds. */
  readonly resetAfterMs: number | undefined;
}

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

type State =
  | {
      readonly name: "closed";
      failures: number;
      readonly calmAt: number;
      readonly openings: number;
    }
  | {
      readonly name: "open";
      readonly until: number;
      readonly openMs: number;
      readonly openings: number;
    }
  | {
      readonly name: "half-open";
      successes: number;
      probe: { readonly until: number } | undefined;
      readonly openMs: number;
      readonly openings: number;
    };

/**
 * Stops calling a target that keeps failing, and tries it again with one probe at a time.
 *
 * One breaker belongs to one target. It sets no timers: an open breaker becomes half-open when the
 * first call after its time is admitted. Inside `retry`, so that an open one means "another".
 */
export class CircuitBreaker {
  readonly #failureThreshold: number;
  readonly #successThreshold: number;
  readonly #resetAfterMs: number;
  readonly #maxResetAfterMs: number;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #transitions: Emitter<BreakerTransition>;
  #state: State = pristine();
  /** Counts transitions: what was admitted under another one does not count any more. */
  #generation = 0;

  constructor(config: CircuitBreakerConfig = {}) {
    this.#failureThreshold = config.failureThreshold ?? DEFAULT_FAILURE_THRESHOLD;
    this.#successThreshold = config.successThreshold ?? DEFAULT_SUCCESS_THRESHOLD;
    this.#resetAfterMs = config.resetAfterMs ?? DEFAULT_RESET_AFTER_MS;
    this.#maxResetAfterMs = config.maxResetAfterMs ?? DEFAULT_MAX_RESET_AFTER_MS;
    this.#isFailure = config.isFailure ?? defaultBreakerFailure;
    this.#clock = config.clock ?? systemClock;
    this.#random = config.random ?? systemRandom;
    this.#transitions = new Emitter(config.reportError ?? surface);
    this.#check();
  }

  /** The present state. An open breaker whose time is over is `open` until it is asked. */
  get state(): BreakerState {
    return this.#state.name;
  }

  /** Milliseconds until a call may be admitted; 0 if one would be admitted now. */
  get retryAfterMs(): number {
    const state = this.#state;
    if (state.name === "closed") return 0;
    const until = state.name === "open" ? state.until : (state.probe?.until ?? 0);
    return Math.max(0, until - this.#clock.now());
  }

  /** Hears every change of state, after it happened. */
  get onTransition(): Listen<BreakerTransition> {
    return this.#transitions.on;
  }

  /**
   * Asks to make a call.
   *
   * @throws {@link ResilienceError} with kind `circuit-open` and `retryAfterMs` if it may not be
   * made now.
   */
  admit({ leaseMs = Number.POSITIVE_INFINITY }: AdmitOptions = {}): BreakerLease {
    if (!(leaseMs >= 0)) throw new RangeError(`leaseMs must be 0 or more, got ${leaseMs}`);
    const now = this.#clock.now();
    this.#expireProbe(now);
    const state = this.#state;
    switch (state.name) {
      case "closed":
        return this.#lease(false);
      case "open": {
        if (now < state.until) throw this.#refusal();
        const { openMs, openings } = state;
        const probe = { until: now + Math.min(leaseMs, openMs) };
        this.#transition({ name: "half-open", successes: 0, probe, openMs, openings });
        return this.#lease(true);
      }
      case "half-open":
        if (state.probe !== undefined) throw this.#refusal();
        state.probe = { until: now + Math.min(leaseMs, state.openMs) };
        return this.#lease(true);
      default:
        return assertNever(state);
    }
  }

  /**
   * Makes a call and tells the breaker how it ended. When the signal aborts, the call is abandoned
   * at once and says nothing about the target.
   *
   * @throws {@link ResilienceError} with kind `circuit-open`, without calling `fn`.
   */
  async execute<T>(
    fn: () => PromiseLike<T> | T,
    { signal, ...options }: AdmitOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const lease = this.admit(options);
    try {
      const run = async (): Promise<T> => fn();
      const value = await raceSignal(run(), signal);
      lease.success();
      return value;
    } catch (error) {
      if (signal?.aborted !== true && this.#isFailure(error)) lease.failure();
      else lease.release();
      throw error;
    }
  }

  /** Closes it and forgets everything; results of earlier calls do not count any more. */
  reset(): void {
    this.#transition(pristine());
  }

  #lease(isProbe: boolean): BreakerLease {
    const generation = this.#generation;
    const probe = this.#state.name === "half-open" ? this.#state.probe : undefined;
    let open = true;
    const once = (outcome: () => void): void => {
      // A slot that was freed and given away within one generation belongs to the newer probe.
      const current = this.#state.name === "half-open" ? this.#state.probe : undefined;
      if (open && generation === this.#generation && probe === current) outcome();
      open = false;
    };
    return {
      isProbe,
      success: () => once(() => this.#succeeded()),
      failure: () => once(() => this.#failed()),
      release: () => once(() => this.#freeProbe()),
    };
  }

  #succeeded(): void {
    const state = this.#state;
    if (state.name === "closed") state.failures = 0;
    if (state.name !== "half-open") return;
    state.probe = undefined;
    state.successes++;
    if (state.successes < this.#successThreshold) return;
    // Trouble within the time it was open last counts as the same trouble.
    const calmAt = this.#clock.now() + state.openMs;
    this.#transition({ name: "closed", failures: 0, calmAt, openings: state.openings });
  }

  #failed(): void {
    const state = this.#state;
    if (state.name === "open") return;
    if (state.name === "closed" && ++state.failures < this.#failureThreshold) return;
    const now = this.#clock.now();
    const calm = state.name === "closed" && now >= state.calmAt;
    const openings = calm ? 1 : state.openings + 1;
    const jitter = randomBetween(this.#random, 1 - RESET_JITTER, 1 + RESET_JITTER);
    const exact = this.#resetAfterMs * 2 ** Math.min(openings - 1, 32) * jitter;
    const openMs = Math.min(exact, this.#maxResetAfterMs);
    this.#transition({ name: "open", until: now + openMs, openMs, openings });
  }

  #freeProbe(): void {
    if (this.#state.name === "half-open") this.#state.probe = undefined;
  }

  /** A probe nobody reported on within its lease has failed: a half-open breaker cannot hang. */
  #expireProbe(now: number): void {
    if (this.#state.name !== "half-open" || this.#state.probe === undefined) return;
    if (now >= this.#state.probe.until) this.#failed();
  }

  #refusal(): ResilienceError {
    const { retryAfterMs } = this;
    const message = `the breaker is ${this.#state.name}, next try in ${Math.ceil(retryAfterMs)} ms`;
    return new ResilienceError("circuit-open", message, { retryAfterMs });
  }

  /** The one place where the state changes. */
  #transition(to: State): void {
    const from = this.#state.name;
    this.#state = to;
    this.#generation++;
    if (from === to.name) return;
    const resetAfterMs = to.name === "open" ? to.openMs : undefined;
    this.#transitions.emit({ from, to: to.name, resetAfterMs });
  }

  #check(): void {
    for (const [name, value] of Object.entries({
      failureThreshold: this.#failureThreshold,
      successThreshold: this.#successThreshold,
    })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`${name} must be a whole number of at least 1, got ${value}`);
      }
    }
    for (const [name, value] of Object.entries({
      resetAfterMs: this.#resetAfterMs,
      maxResetAfterMs: this.#maxResetAfterMs,
    })) {
      if (!(value > 0)) throw new RangeError(`${name} must be above 0, got ${value}`);
    }
  }
}

const pristine = (): State => ({
  name: "closed",
  failures: 0,
  calmAt: Number.NEGATIVE_INFINITY,
  openings: 0,
});

/** A listener's error is a bug of its owner: it must not vanish. */
function surface(thrown: unknown): void {
  void Promise.reject(thrown);
}
