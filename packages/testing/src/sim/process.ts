import type { Clock } from "@selvage/core";
import type { DatagramDriver } from "@selvage/transport";

import { MAX_TURNS_AT_ONE_TIME, TURN_DATAGRAMS } from "../defaults.ts";
import { SimulationError } from "../errors.ts";
import { quiescence } from "../macrotask.ts";
import type { SeededEntropy, SeededRandom } from "../seeded.ts";
import { SimClock } from "./clock.ts";
import type { Held, SimBindOptions, SimDriver } from "./driver.ts";
import type { Host } from "./fabric.ts";
import { ceilTick, type SimEvent, type SimKernel } from "./kernel.ts";
import type { SimStats } from "./stats.ts";

/** One life of a simulated node: what a process has of its machine. */
export interface SimNode {
  readonly name: string;
  /** 1 for the first life, one more after each restart. */
  readonly incarnation: number;
  readonly clock: Clock;
  /** Seeded by the simulation's seed, the name and the incarnation. */
  readonly random: SeededRandom;
  /** Seeded likewise. */
  readonly entropy: SeededEntropy;
  /** Opens a socket at the node's address; throws `RangeError` if the port is taken. */
  bind(options?: SimBindOptions): DatagramDriver;
  /** Models `ms` of synchronous work: the clock jumps, and whatever comes next waits. */
  spend(ms: number): void;
  /** Timers that wait for their time, for leak checks. */
  readonly pendingTimers: number;
  /** `killed` is final; `asleep` is a suspended machine. */
  readonly state: SimNodeState;
}

/** What a simulated node is doing. */
export type SimNodeState = "running" | "frozen" | "asleep" | "killed";

/** What a process is made from. */
export interface SimProcessParts {
  readonly host: Host;
  readonly incarnation: number;
  readonly skewPpm: number;
  readonly wallOffsetMs: number;
  readonly random: SeededRandom;
  readonly entropy: SeededEntropy;
  readonly stats: SimStats;
  bind(process: SimProcess, options: SimBindOptions): SimDriver;
}

/** {@link SimNode} with its insides: the turns. */
export class SimProcess implements SimNode {
  readonly name: string;
  readonly host: Host;
  readonly incarnation: number;
  readonly clock: SimClock;
  readonly random: SeededRandom;
  readonly entropy: SeededEntropy;
  /** The process' next turn in the simulation's queue. */
  readonly wake: SimEvent;
  readonly drivers: Set<SimDriver> = new Set();
  state: SimNodeState = "running";
  inTurn = false;
  readonly #kernel: SimKernel;
  readonly #parts: SimProcessParts;
  /** Decides what comes first when a timer and a datagram are both due. */
  readonly #choice: SeededRandom;
  #busyUntil = 0;
  #inbox: Held[] = [];
  #tasks: (() => void)[] = [];
  #turnsNow = 0;
  #lastTurnAt = -1;

  constructor(kernel: SimKernel, parts: SimProcessParts) {
    this.#kernel = kernel;
    this.#parts = parts;
    this.name = parts.host.name;
    this.host = parts.host;
    this.incarnation = parts.incarnation;
    this.random = parts.random.split("node");
    this.entropy = parts.entropy;
    this.#choice = parts.random.split("schedule");
    this.clock = new SimClock(this, {
      // Every life counts from another origin, as real monotonic clocks do.
      originMs: Math.floor(parts.random.split("origin").next() * 1e6),
      wallStartMs: kernel.wallStartMs + parts.wallOffsetMs,
      skewPpm: parts.skewPpm,
    });
    this.wake = { time: 0, order: 0, slot: -1, happen: () => this.#turn() };
  }

  get pendingTimers(): number {
    return this.clock.pending;
  }

  /** Virtual time as this process sees it: ahead of the simulation's after {@link spend}. */
  get time(): number {
    return Math.max(this.#kernel.now, this.#busyUntil);
  }

  bind(options: SimBindOptions = {}): DatagramDriver {
    if (this.state === "killed") throw new TypeError(`node "${this.name}" was killed`);
    const driver = this.#parts.bind(this, options);
    this.drivers.add(driver);
    return driver;
  }

  spend(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`ms must be 0 or more, got ${ms}`);
    this.#busyUntil = this.time + ceilTick(ms);
    this.waitingChanged();
  }

  waitingChanged(): void {
    if (!this.inTurn) this.#kernel.reschedule(this);
  }

  /** Queues `fn` as a turn of its own. */
  post(fn: () => void): void {
    this.#tasks.push(fn);
    this.waitingChanged();
  }

  /** Queues a datagram that waits in one of the receive buffers. */
  enqueue(held: Held): void {
    this.#inbox.push(held);
    this.waitingChanged();
  }

  /** The virtual time at which the next turn may start; `Infinity` when there is nothing to do. */
  get nextTurnAt(): number {
    if (this.state !== "running") return Number.POSITIVE_INFINITY;
    if (this.#tasks.length > 0 || this.clock.hasEndOfTurn || this.#inbox.length > 0) {
      return this.time;
    }
    return Math.max(this.clock.dueAt, this.time);
  }

  kill(): void {
    this.clock.kill();
    this.state = "killed";
    this.#tasks = [];
    this.#inbox = [];
    for (const driver of this.drivers) driver.cut();
    this.waitingChanged();
  }

  async #turn(): Promise<void> {
    this.inTurn = true;
    try {
      this.#countTurn();
      const hasPolled = this.#act();
      await quiescence();
      // As in a real loop, what waits in the socket is read between a timer and the turn's end.
      if (!hasPolled && this.#inbox.length > 0) return;
      const callbacks = this.clock.takeEndOfTurn();
      if (callbacks.length > 0) {
        for (const fn of callbacks) if (this.state !== "killed") fn();
        await quiescence();
      }
    } catch (error) {
      if (error instanceof SimulationError) throw error;
      const message = `node "${this.name}" threw at ${this.#kernel.now} ms: ${String(error)}`;
      throw new SimulationError("crash", message, { cause: error });
    } finally {
      this.inTurn = false;
      this.waitingChanged();
    }
  }

  #countTurn(): void {
    this.#parts.stats.turns++;
    this.#turnsNow = this.#lastTurnAt === this.time ? this.#turnsNow + 1 : 0;
    this.#lastTurnAt = this.time;
    if (this.#turnsNow > MAX_TURNS_AT_ONE_TIME) {
      const message = `node "${this.name}" takes turn after turn at ${this.#lastTurnAt} ms`;
      throw new SimulationError("livelock", message);
    }
  }

  /**
   * One task, or one timer, or a batch of datagrams, or nothing but the end-of-turn callbacks.
   * Answers whether the socket was read.
   */
  #act(): boolean {
    const task = this.#tasks.shift();
    if (task !== undefined) {
      this.#mark(TASK, "task");
      task();
      return false;
    }
    const timerDue = this.clock.dueAt <= this.time;
    const datagram = this.#inbox.length > 0;
    if (timerDue && (!datagram || this.#choice.next() < 0.5)) {
      const fire = this.clock.takeDue();
      this.#parts.stats.timers++;
      this.#mark(TIMER, "timer");
      fire?.();
      return false;
    }
    if (datagram) this.#deliverBatch();
    return datagram;
  }

  #deliverBatch(): void {
    const { stats } = this.#parts;
    const batch = this.#inbox.splice(0, TURN_DATAGRAMS);
    for (const held of batch) {
      if (this.state === "killed") return;
      this.#mark(DELIVERY, "deliver");
      this.#kernel.trace.bytes(held.bytes);
      if (held.driver.deliver(held)) stats.delivered++;
      else stats.dropped["no-receiver"]++;
    }
  }

  #mark(kind: number, name: string): void {
    const { trace } = this.#kernel;
    trace.word((kind << 24) | this.host.index);
    trace.time(this.time);
    trace.line(() => `${this.time} ${this.name}: ${name}`);
  }
}

const TASK = 1;
const TIMER = 2;
const DELIVERY = 3;
