import type { Simulation } from "@selvage/testing";

import type { Links } from "../world/links.ts";
import type { Interval } from "../world/machine.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import { Steady } from "../world/steady.ts";
import type { Life } from "./ledger.ts";
import type { Setting } from "./setting.ts";

/** How often it is looked at who is listed, in milliseconds. */
const LOOK_MS = 50;

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly setting: Setting;
  readonly machines: ReadonlyMap<string, MeshMachine>;
}

/** What an onlooker knows who sees everything. */
export class Truth {
  readonly #parts: TruthParts;
  readonly #usable: Steady;
  readonly #first: MeshMachine;
  /** Who serves which calm service. */
  readonly #places: readonly { readonly service: string; readonly machine: MeshMachine }[];

  constructor(parts: TruthParts) {
    this.#parts = parts;
    this.#usable = new Steady(() => parts.sim.now);
    const [first] = parts.machines.values();
    this.#first = first as MeshMachine;
    this.#places = parts.setting.machines.flatMap(({ name, serves }) =>
      serves
        .filter(({ service }) => parts.setting.services.get(service)?.isCalm === true)
        .map(({ service }) => ({ service, machine: this.machine(name) })),
    );
  }

  /** Looks at once, and then every now and then until `untilMs`. */
  watch(untilMs: number): void {
    const { sim } = this.#parts;
    this.look();
    if (sim.now + LOOK_MS <= untilMs) sim.after(LOOK_MS, () => this.watch(untilMs));
  }

  /** Takes note of how things are now. */
  look(): void {
    for (const { service, machine } of this.#places) {
      this.#usable.note(`${service} ${machine.name}`, this.#isUsable(machine, service));
    }
  }

  /** Whether the first machine could have called a calm service somewhere for the last `ms`. */
  isServedFor(service: string, ms: number): boolean {
    this.look();
    return this.#places.some(
      (place) =>
        place.service === service && this.#usable.heldFor(`${service} ${place.machine.name}`, ms),
    );
  }

  machine(name: string): MeshMachine {
    const machine = this.#parts.machines.get(name);
    if (machine === undefined) throw new RangeError(`there is no machine "${name}"`);
    return machine;
  }

  /** Whether a process is still there, and has not stood still since a time. */
  isAwakeSince({ machine: name, life }: Life, sinceMs: number): boolean {
    const machine = this.machine(name);
    const interval = { from: sinceMs, to: this.#parts.sim.now };
    return machine.isWell && machine.life === life && machine.stoppedMs(interval) === 0;
  }

  /** Whether two processes have been well and in reach of each other since a time. */
  areInTouchSince(a: Life, b: Life, sinceMs: number): boolean {
    return (
      this.isAwakeSince(a, sinceMs) &&
      this.isAwakeSince(b, sinceMs) &&
      this.#parts.links.isGoodSince(a.machine, b.machine, sinceMs)
    );
  }

  /** For how long machines stood still in an interval, all together. */
  stoppedMs(interval: Interval): number {
    let sum = 0;
    for (const machine of this.#parts.machines.values()) sum += machine.stoppedMs(interval);
    return sum;
  }

  #isUsable(machine: MeshMachine, service: string): boolean {
    const first = this.#first;
    const isThere =
      first.isWell && machine.isWell && this.#parts.links.isGood(first.name, machine.name);
    const found = isThere ? (first.mesh?.findProviders(service) ?? []) : [];
    return found.some(({ nodeId }) => nodeId === machine.nodeId);
  }
}
