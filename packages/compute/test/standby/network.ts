import type { Clock, NodeId, Timer } from "@selvage/core";
import { sleepOn } from "@selvage/core";
import type { ManualClock, SeededRandom } from "@selvage/testing";

import { ComputeError } from "../../src/errors.ts";

/** What messages may suffer. */
export interface Weather {
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** The longest delay, in milliseconds; delays differ, so messages overtake each other. */
  readonly delayMs: number;
}

/** One machine: what runs there stops when it is frozen, and is gone when it is killed. */
export class Machine {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly network: Network;
  boot = 1;
  isFrozen = false;
  #missed: (() => void)[] = [];

  constructor(network: Network, nodeId: NodeId, rate: number) {
    this.network = network;
    this.nodeId = nodeId;
    const { time } = network;
    const clock: Clock = {
      now: () => time.now() * rate,
      wallNow: () => time.wallNow(),
      setTimeout: (fn, ms): Timer => {
        const { boot } = this;
        let isCancelled = false;
        const timer = time.setTimeout(
          () => {
            this.run(boot, () => {
              if (!isCancelled) fn();
            });
          },
          Math.max(0, ms) / rate,
        );
        return {
          unref(): Timer {
            return this;
          },
          [Symbol.dispose]: () => {
            isCancelled = true;
            timer[Symbol.dispose]();
          },
        };
      },
      sleep: (ms, options) => sleepOn(clock, ms, options),
      endOfTurn: (fn) => time.endOfTurn(() => this.run(this.boot, fn)),
    };
    this.clock = clock;
  }

  /** Runs something here: now, or when it thaws; never in a later boot. */
  run(boot: number, fn: () => void): void {
    if (boot !== this.boot) return;
    if (this.isFrozen) this.#missed.push(fn);
    else fn();
  }

  freeze(): void {
    this.isFrozen = true;
  }

  /** Everything that came meanwhile comes now, in any order. */
  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    const { boot } = this;
    const missed = this.#missed;
    this.#missed = [];
    for (const fn of missed) {
      this.network.time.setTimeout(() => this.run(boot, fn), this.network.random.next() * 3);
    }
  }

  kill(): void {
    this.boot++;
    this.isFrozen = false;
    this.#missed = [];
  }
}

/** Calls between machines that can be cut, and whose messages are lost, late and doubled. */
export class Network {
  readonly time: ManualClock;
  readonly random: SeededRandom;
  weather: Weather;
  readonly #sides = new Map<NodeId, number>();

  constructor(time: ManualClock, random: SeededRandom, weather: Weather) {
    this.time = time;
    this.random = random;
    this.weather = weather;
  }

  /** Machines reach those on their side; all are on side 0 at first. */
  separate(nodeId: NodeId, side: number): void {
    this.#sides.set(nodeId, side);
  }

  heal(): void {
    this.#sides.clear();
  }

  /** Calls something at another machine. */
  async call<T>(
    from: Machine,
    to: Machine,
    deadlineMs: number,
    work: () => T | Promise<T>,
  ): Promise<T> {
    const { boot } = from;
    return await new Promise<T>((resolve, reject) => {
      const timer = from.clock.setTimeout(() => {
        reject(new ComputeError("timeout", `${to.nodeId} did not answer`, { delivered: "maybe" }));
      }, deadlineMs);
      const answer = (settle: () => void): void => {
        this.#carry(to, from, () => {
          from.run(boot, () => {
            timer[Symbol.dispose]();
            settle();
          });
        });
      };
      this.#carry(from, to, () => {
        const boot = to.boot;
        to.run(boot, () => {
          const attempt = async (): Promise<T> => await work();
          const reply = (settle: () => void): void => to.run(boot, () => answer(settle));
          attempt().then(
            (value) => reply(() => resolve(value)),
            (error: unknown) => reply(() => reject(error)),
          );
        });
      });
    });
  }

  #carry(from: Machine, to: Machine, arrive: () => void): void {
    const { lossRate, duplicateRate, delayMs } = this.weather;
    if (this.#areApart(from, to)) return;
    const copies = this.random.next() < duplicateRate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (from !== to && this.random.next() < lossRate) continue;
      // Few are much later than the others.
      const late = this.random.next() < 0.02 ? 20 : 1;
      const ms = from === to ? 0 : 0.2 + this.random.next() * delayMs * late;
      this.time.setTimeout(() => {
        if (!this.#areApart(from, to)) arrive();
      }, ms);
    }
  }

  #areApart(a: Machine, b: Machine): boolean {
    return (this.#sides.get(a.nodeId) ?? 0) !== (this.#sides.get(b.nodeId) ?? 0);
  }
}
