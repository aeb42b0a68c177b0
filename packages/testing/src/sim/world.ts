import { deferred, type Deferred } from "@selvage/core";

import { DEFAULT_LIMIT_MS, DEFAULT_WALL_START_MS } from "../defaults.ts";
import { SimulationError } from "../errors.ts";
import { quiescence } from "../macrotask.ts";
import { type Seed, seededEntropy, type SeededRandom, seededRandom } from "../seeded.ts";
import type { Simulation, SimulationConfig, SimNodeConfig } from "../simulation.ts";
import { TimeHeap } from "../time-heap.ts";
import { Trace } from "../trace.ts";
import { Fabric, type Host } from "./fabric.ts";
import { ceilTick, type SimEvent, type SimKernel } from "./kernel.ts";
import type { NodeRef } from "./network.ts";
import { type SimNode, SimProcess } from "./process.ts";
import { emptyStats, type SimStats } from "./stats.ts";

/** The one implementation of {@link Simulation}: the queue of events and what drives it. */
export class World implements Simulation, SimKernel {
  readonly seed: Seed;
  readonly wallStartMs: number;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly network: Fabric;
  readonly #stats: SimStats = emptyStats();
  readonly #events = new TimeHeap<SimEvent>();
  readonly #configs = new Map<Host, SimNodeConfig>();
  readonly #runs = new Map<SimProcess, Set<Pick<Deferred<unknown>, "reject">>>();
  #now = 0;
  #order = 0;
  /** Ends when everything that drives the simulation so far is done. */
  #driven: Promise<void> = Promise.resolve();
  #drivers = 0;
  /** A simulation in which a node crashed goes no further. */
  #crash: { readonly error: unknown } | undefined;

  constructor({ seed, wallStartMs, link = {}, traceLines = 0 }: SimulationConfig) {
    this.seed = seed;
    this.wallStartMs = wallStartMs ?? DEFAULT_WALL_START_MS;
    this.random = seededRandom(seed);
    this.trace = new Trace(traceLines);
    this.network = new Fabric(this, this.#stats, link);
  }

  get now(): number {
    return this.#now;
  }

  get traceHash(): string {
    return this.trace.hash;
  }

  get traceLines(): readonly string[] {
    return this.trace.lines;
  }

  stats(): Readonly<SimStats> {
    return { ...this.#stats, dropped: { ...this.#stats.dropped } };
  }

  node(name: string, config: SimNodeConfig = {}): SimNode {
    const host = this.network.addHost(name);
    this.#configs.set(host, config);
    return this.#start(host, 1);
  }

  run<T>(node: NodeRef, fn: () => T | PromiseLike<T>): Promise<T> {
    const process = this.#process(node);
    if (process.state === "killed") throw new TypeError(`node "${process.name}" was killed`);
    const result = deferred<T>();
    const runs = this.#runs.get(process) ?? new Set();
    this.#runs.set(process, runs);
    runs.add(result);
    const forget = (): void => void runs.delete(result);
    result.promise.then(forget, forget);
    // Awaited here and not by `resolve`, which would commit to it: a kill must still get through.
    const attempt = async (): Promise<T> => fn();
    process.post(() => void attempt().then(result.resolve, result.reject));
    if (this.#drivers === 0) this.#drive(0, never).catch(result.reject);
    return result.promise;
  }

  async settle<T>(promise: PromiseLike<T>, limitMs: number = DEFAULT_LIMIT_MS): Promise<T> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    promise.then(note, note);
    await this.runUntil(() => settled, limitMs);
    return promise;
  }

  async runFor(ms: number): Promise<void> {
    await this.#drive(ms, never);
  }

  async runUntil(condition: () => boolean, limitMs: number = DEFAULT_LIMIT_MS): Promise<void> {
    if (await this.#drive(limitMs, condition)) return;
    const message = `the condition did not hold within ${limitMs} ms (seed ${this.seed})`;
    throw new SimulationError("limit", message);
  }

  note(text: string): void {
    this.trace.text(text);
    this.trace.line(() => `${this.#now} note: ${text}`);
  }

  after(ms: number, fn: () => void): Disposable {
    const event: SimEvent = {
      time: this.#now + ceilTick(ms),
      order: 0,
      slot: -1,
      happen: () => {
        fn();
        return quiescence();
      },
    };
    this.schedule(event);
    return { [Symbol.dispose]: () => this.cancel(event) };
  }

  kill(node: NodeRef): void {
    const process = this.#process(node);
    if (process.state === "killed") return;
    this.fault(`kill ${process.name}`);
    process.kill();
    for (const run of this.#runs.get(process) ?? []) {
      run.reject(new SimulationError("killed", `node "${process.name}" was killed`));
    }
    this.#runs.delete(process);
  }

  restart(node: NodeRef): SimNode {
    this.kill(node);
    const previous = this.#process(node);
    this.fault(`restart ${previous.name}`);
    return this.#start(previous.host, previous.incarnation + 1);
  }

  freeze(node: NodeRef): void {
    const process = this.#process(node);
    if (process.state !== "running") return;
    this.fault(`freeze ${process.name}`);
    process.state = "frozen";
    process.waitingChanged();
  }

  thaw(node: NodeRef): void {
    const process = this.#process(node);
    if (process.state !== "frozen") return;
    this.fault(`thaw ${process.name}`);
    process.state = "running";
    process.waitingChanged();
  }

  suspend(node: NodeRef, ms: number): void {
    const process = this.#process(node);
    if (process.state !== "running") return;
    this.fault(`suspend ${process.name} ${ms}`);
    process.state = "asleep";
    process.clock.stop();
    process.waitingChanged();
    this.after(ms, () => {
      if (process.state !== "asleep") return;
      process.state = "running";
      process.clock.resume();
      process.waitingChanged();
    });
  }

  stepWall(node: NodeRef, ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`ms must be finite, got ${ms}`);
    const { host, name, clock } = this.#process(node);
    this.fault(`step wall ${name} ${ms}`);
    const config = this.#configs.get(host) ?? {};
    this.#configs.set(host, { ...config, wallOffsetMs: (config.wallOffsetMs ?? 0) + ms });
    clock.stepWall(ms);
  }

  spend(node: NodeRef, ms: number): void {
    this.#process(node).spend(ms);
  }

  schedule(event: SimEvent): void {
    event.order = this.#order++;
    this.#events.push(event);
  }

  cancel(event: SimEvent): void {
    this.#events.remove(event);
  }

  reschedule(process: SimProcess): void {
    const { wake } = process;
    const at = process.nextTurnAt;
    if (wake.slot >= 0) {
      if (wake.time === at) return;
      this.#events.remove(wake);
    }
    if (at === Number.POSITIVE_INFINITY) return;
    wake.time = at;
    this.schedule(wake);
  }

  fault(description: string): void {
    this.#stats.faults++;
    this.trace.time(this.#now);
    this.trace.text(description);
    this.trace.line(() => `${this.#now} fault: ${description}`);
  }

  #start(host: Host, incarnation: number): SimProcess {
    const { skewPpm = 0, wallOffsetMs = 0 } = this.#configs.get(host) ?? {};
    const label = `node ${host.name} ${incarnation}`;
    host.process = new SimProcess(this, {
      host,
      incarnation,
      skewPpm,
      wallOffsetMs,
      random: this.random.split(label),
      entropy: seededEntropy(`${this.seed}/${label}`),
      stats: this.#stats,
      bind: (process, options) => this.network.bind(process, options),
    });
    return host.process;
  }

  #process(node: NodeRef): SimProcess {
    const { process } = this.network.host(node);
    if (process === undefined) throw new TypeError("the node has not been started");
    return process;
  }

  /** Runs events for `ms` or until `stop`; one driver after the other. */
  #drive(ms: number, stop: () => boolean): Promise<boolean> {
    this.#drivers++;
    const turn = this.#driven.then(() => this.#loop(ms, stop));
    this.#driven = turn.then(
      () => void this.#drivers--,
      () => void this.#drivers--,
    );
    return turn;
  }

  async #loop(ms: number, stop: () => boolean): Promise<boolean> {
    if (this.#crash !== undefined) throw this.#crash.error;
    const until = this.#now + ceilTick(ms);
    try {
      for (;;) {
        if (stop()) return true;
        const event = this.#events.peek();
        if (event === undefined || event.time > until) break;
        this.#events.pop();
        this.#now = Math.max(this.#now, event.time);
        const done = event.happen();
        if (done !== undefined) await done;
      }
    } catch (error) {
      this.#crash = { error };
      throw error;
    }
    this.#now = Math.max(this.#now, until);
    return stop();
  }
}

const never = (): boolean => false;
