import type { Random } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import { chance, gapMs, logBetween, oneOf } from "../world/draw.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import type { CallSpec } from "./call-spec.ts";
import type { Calls } from "./calls.ts";
import { CallDraw } from "./draw-calls.ts";
import type { Party } from "./party.ts";
import type { ServingSetting, Setting } from "./setting.ts";
import { CALLS_AFTER_MS, CALLS_FROM_MS } from "./times.ts";

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
  schedule(): void {
    this.#parts.sim.after(CALLS_FROM_MS, () => this.#step());
  }

  /** When all is well: every service that a machine may call is called there, and answers. */
  async callAll(machine: MeshMachine): Promise<void> {
    for (const name of this.#parts.setting.services.keys()) {
      const places = this.#places(name);
      // Whoever is denied is told so, and goes nowhere else.
      const isDenied = places.some(({ denies }) => denies === machine.name);
      if (places.length === 0 || isDenied) continue;
      await this.#start(machine, this.#draw.last(name, true));
      const crowd = places.every(({ maxInFlight }) => maxInFlight === undefined) ? 4 : 1;
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
    const crowd = chance(random, 0.04) ? 10 : 0;
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
