import type { Random } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import { chance, gapMs, logBetween, oneOf } from "../world/draw.ts";
import type { PlannedFault } from "../world/faults.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import type { CallSpec } from "./call-spec.ts";
import type { Calls } from "./calls.ts";
import { CallDraw } from "./draw-calls.ts";
import type { Party } from "./party.ts";
import type { ServingSetting, Setting } from "./setting.ts";
import { CALLS_AFTER_MS, CALLS_FROM_MS } from "./times.ts";

/** So many calls at once are more than there is room for. */
const CROWD = 10;

/** What the workload runs on. */
export interface WorkloadParts {
  readonly sim: Simulation;
  readonly random: Random;
  readonly setting: Setting;
  readonly machines: ReadonlyMap<string, MeshMachine>;
  readonly calls: Calls;
  readonly partyOf: (machine: MeshMachine) => Party | undefined;
}

/** Calls of all sorts, at random times. */
export class Workload {
  readonly #parts: WorkloadParts;
  readonly #draw: CallDraw;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    this.#draw = new CallDraw(parts.random, parts.setting);
  }

  /** Starts calling at the time for it, and stops by itself. */
  schedule(faults: readonly PlannedFault[]): void {
    const { sim, random, setting } = this.#parts;
    for (const { fault, atMs } of faults) {
      if (fault.kind !== "freeze") continue;
      // Who does not know yet calls, and will not wait for long.
      const { machine } = fault;
      for (let i = 0; i < 3; i++) {
        sim.after(atMs + logBetween(random, 1, 100), () => this.#startAt(machine));
      }
    }
    sim.after(CALLS_FROM_MS, () => this.#step());
    for (const service of setting.services.keys()) {
      // A service that fails everywhere is called often enough to be noticed.
      const places = this.#places(service);
      const sick = places[0]?.sick;
      if (sick === undefined || places.some((place) => place.sick === undefined)) continue;
      for (const share of [0.1, 0.6]) {
        const atMs = sick.fromMs + share * (sick.untilMs - sick.fromMs);
        sim.after(atMs, () => this.#startCrowd(service));
      }
    }
  }

  #startAt(machine: string): void {
    const { random, setting, machines } = this.#parts;
    const [first] = machines.values();
    const serves = setting.machines.find(({ name }) => name === machine)?.serves ?? [];
    if (first === undefined || serves.length === 0) return;
    const spec = this.#draw.plain(oneOf(random, serves).service);
    void this.#start(first, {
      ...spec,
      pinnedTo: machine,
      deadlineMs: logBetween(random, 50, 800),
    });
  }

  #startCrowd(service: string): void {
    const [first] = this.#parts.machines.values();
    if (first === undefined) return;
    for (let i = 0; i < CROWD; i++) void this.#start(first, this.#draw.plain(service));
  }

  /** When all is well: every service that a machine may call is called there, and answers. */
  async callAll(machine: MeshMachine): Promise<void> {
    for (const name of this.#parts.setting.services.keys()) {
      const places = this.#places(name);
      // Whoever is denied is told so, and goes nowhere else.
      const isDenied = places.some(({ denies }) => denies === machine.name);
      if (places.length === 0 || isDenied) continue;
      await this.#start(machine, this.#draw.last(name, true));
      // So many that any place alone has room for them: it may be the only one that is trusted.
      const crowd = Math.min(...places.map(({ maxInFlight = 4 }) => maxInFlight));
      await Promise.all(
        Array.from({ length: crowd }, () => this.#start(machine, this.#draw.last(name, false))),
      );
    }
  }

  /** How a service is served, wherever it is. */
  #places(service: string): readonly ServingSetting[] {
    return this.#parts.setting.machines
      .flatMap(({ serves }) => serves)
      .filter((serving) => serving.service === service);
  }

  #step(): void {
    const { sim, random, setting, machines } = this.#parts;
    if (sim.now > setting.repairedByMs + CALLS_AFTER_MS) return;
    const all = [...machines.values()];
    const [first] = all;
    const machine = first === undefined || chance(random, 0.25) ? oneOf(random, all) : first;
    if (machine === first && chance(random, 0.35)) void this.#start(machine, this.#draw.owed());
    else this.#startAny(machine);
    // Calls come alone and in small crowds.
    const waitMs = chance(random, 0.2) ? 0 : 1.25 * gapMs(random, setting.callGapMs);
    sim.after(waitMs, () => this.#step());
  }

  #startAny(machine: MeshMachine): void {
    const { sim, random } = this.#parts;
    const spec = this.#draw.any(machine.name);
    void this.#start(machine, spec);
    // Now and then many want the same, more than there is room for.
    const crowd = chance(random, 0.04) ? CROWD : 0;
    for (let i = 0; i < crowd; i++) {
      void this.#start(machine, { ...spec, key: undefined, nested: undefined });
    }
    if (spec.key === undefined) return;
    for (let i = 0; i < 2; i++) {
      const repeat = this.#draw.repeat(spec);
      sim.after(chance(random, 0.3) ? 0 : logBetween(random, 1, 3_000), () => {
        void this.#start(machine, repeat);
      });
    }
  }

  /** Makes a call as code of the machine, if it has a process. */
  async #start(machine: MeshMachine, spec: CallSpec): Promise<void> {
    const { sim, calls, partyOf } = this.#parts;
    const party = partyOf(machine);
    if (party === undefined) return;
    try {
      await sim.run(machine.name, async () => void (await calls.make(party, spec)));
    } catch {
      // The process was killed before.
    }
  }
}
