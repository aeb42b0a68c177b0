import { type Listen, raceSignal } from "@selvage/core";

import { callable, number, whole } from "../checks.ts";
import { ResilienceError } from "../errors.ts";
import {
  type ExecuteOptions,
  type PolicyConfig,
  type PolicyContext,
  type PolicyPorts,
  portsOf,
} from "../policy.ts";
import { timeout, type TimeoutPolicy } from "../timeout.ts";
import {
  DEFAULT_HEALTHY_AFTER,
  DEFAULT_INTERVAL_MS,
  DEFAULT_PROBE_TIMEOUT_MS,
  DEFAULT_UNHEALTHY_AFTER,
} from "./defaults.ts";
import {
  type HealthEvent,
  type HealthStatus,
  type HealthThresholds,
  judge,
} from "./health-status.ts";

/** Construction options of {@link HealthChecker}. */
export interface HealthCheckerConfig extends PolicyConfig {
  /** Between the starts of two probes of one target, in milliseconds, 1 or more. Default 30,000. */
  readonly intervalMs?: number | undefined;
  /** A probe that takes longer has failed, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Failed probes in a row that make a target unhealthy, 1 or more. Default 3. */
  readonly unhealthyAfter?: number | undefined;
  /** Good probes in a row that make an unhealthy target healthy again, 1 or more. Default 2. */
  readonly healthyAfter?: number | undefined;
}

/** Asks a target how it is: `true` is well, `false` or an error is not. */
export type HealthProbe = (context: PolicyContext) => PromiseLike<boolean> | boolean;

interface Target<Id> {
  readonly probe: HealthProbe;
  /** Aborts when nobody wants to know any more. */
  readonly controller: AbortController;
  status: HealthStatus<Id>;
  /** The probe that is under way. */
  running: Promise<HealthStatus<Id>> | undefined;
  timer: Disposable | undefined;
}

/**
 * Probes targets at regular intervals, each on its own: a slow one delays no other. The first probe
 * of a target starts when it is added; between two probes no timer keeps the process alive.
 */
export class HealthChecker<Id = string> implements AsyncDisposable {
  readonly #intervalMs: number;
  readonly #timeout: TimeoutPolicy;
  readonly #thresholds: HealthThresholds;
  readonly #ports: PolicyPorts<HealthEvent<Id>>;
  readonly #targets = new Map<Id, Target<Id>>();
  #closed = false;

  /** @throws RangeError or TypeError naming the option that is wrong. */
  constructor(config: HealthCheckerConfig = {}) {
    this.#intervalMs = number("intervalMs", config.intervalMs ?? DEFAULT_INTERVAL_MS, 1);
    this.#timeout = timeout(config.timeoutMs ?? DEFAULT_PROBE_TIMEOUT_MS, config);
    this.#thresholds = {
      unhealthyAfter: whole("unhealthyAfter", config.unhealthyAfter ?? DEFAULT_UNHEALTHY_AFTER),
      healthyAfter: whole("healthyAfter", config.healthyAfter ?? DEFAULT_HEALTHY_AFTER),
    };
    this.#ports = portsOf(config);
  }

  /** Hears of every probe that ended, and then of what changed by it. */
  get onEvent(): Listen<HealthEvent<Id>> {
    return this.#ports.events.on;
  }

  /**
   * Watches one more target.
   *
   * @throws {@link ResilienceError} with kind `closed`; RangeError for an id that is watched.
   */
  add(id: Id, probe: HealthProbe): void {
    this.#refuseIfClosed();
    callable("probe", probe);
    if (this.#targets.has(id)) throw new RangeError(`id must be new, got ${String(id)}`);
    const target: Target<Id> = {
      probe,
      controller: new AbortController(),
      status: {
        id,
        state: "unknown",
        failures: 0,
        successes: 0,
        tookMs: undefined,
        error: undefined,
      },
      running: undefined,
      timer: undefined,
    };
    this.#targets.set(id, target);
    void this.#run(target);
  }

  /** Forgets a target, with the probe that is under way; `false` if it was not watched. */
  remove(id: Id): boolean {
    const target = this.#targets.get(id);
    target?.timer?.[Symbol.dispose]();
    target?.controller.abort(new ResilienceError("closed", "the target is not watched any more"));
    return this.#targets.delete(id);
  }

  /** What is known about a target; `undefined` if it is not watched. */
  status(id: Id): HealthStatus<Id> | undefined {
    return this.#targets.get(id)?.status;
  }

  /** What is known about all targets, in the order in which they were added. */
  statuses(): HealthStatus<Id>[] {
    return Array.from(this.#targets.values(), ({ status }) => status);
  }

  /**
   * Probes a target now, or waits for the probe that is under way; answers what is thought of it
   * then. The next probe follows an interval later.
   *
   * @throws {@link ResilienceError} with kind `closed`, also when the target is removed meanwhile;
   * RangeError for an id that is not watched.
   */
  async check(id: Id, { signal }: ExecuteOptions = {}): Promise<HealthStatus<Id>> {
    signal?.throwIfAborted();
    this.#refuseIfClosed();
    const target = this.#targets.get(id);
    if (target === undefined) throw new RangeError(`id must be watched, got ${String(id)}`);
    const result = raceSignal(target.running ?? this.#run(target), signal);
    return await raceSignal(result, target.controller.signal);
  }

  /** Forgets all targets, with the probes that are under way. */
  close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#targets.keys()) this.remove(id);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(target: Target<Id>): Promise<HealthStatus<Id>> {
    target.timer?.[Symbol.dispose]();
    target.running = this.#probe(target).finally(() => {
      target.running = undefined;
    });
    return target.running;
  }

  /** One probe and what follows from it. Never rejects. */
  async #probe(target: Target<Id>): Promise<HealthStatus<Id>> {
    const { clock, events } = this.#ports;
    const { signal } = target.controller;
    const startedAt = clock.now();
    let ok = false;
    let error: unknown;
    try {
      ok = await this.#timeout.execute(target.probe, { signal });
    } catch (thrown) {
      error = thrown;
    }
    // Whatever it said, nobody watches the target any more.
    if (signal.aborted) return target.status;
    const now = clock.now();
    const { state: from } = target.status;
    const status = judge(target.status, this.#thresholds, { ok, tookMs: now - startedAt, error });
    target.status = status;
    const waitMs = Math.max(0, startedAt + this.#intervalMs - now);
    target.timer = clock.setTimeout(() => void this.#run(target), waitMs).unref();
    events.emit({ type: "probe", ok, status });
    if (from !== status.state) events.emit({ type: "change", from, status });
    return status;
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new ResilienceError("closed", "the health checker was closed");
  }
}
