import { assertNever } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import type { Fault, PlannedFault } from "./fault-plan.ts";
import type { Links } from "./links.ts";
import type { Machine } from "./machine.ts";

/** What faults are done to. */
export interface InjectorParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly machines: ReadonlyMap<string, Machine>;
  /** Something changed that may matter to who can reach whom. */
  readonly onChange: () => void;
  /** A process was killed. */
  readonly onKilled: (machine: Machine) => void;
  /** A process begins to close; answers what to call when it has ended. */
  readonly onClosing: (machine: Machine) => (closed: ClosedProcess) => void;
  readonly onCrash: (message: string) => void;
}

/** What is left of a process that closed. */
export type ClosedProcess = NonNullable<Awaited<ReturnType<Machine["close"]>>>;

/** Makes things go wrong as planned, and repairs them. */
export class FaultInjector {
  readonly #parts: InjectorParts;
  #count = 0;

  constructor(parts: InjectorParts) {
    this.#parts = parts;
  }

  /** Faults that happened: one that finds its machine in no state for it does not. */
  get count(): number {
    return this.#count;
  }

  schedule(plan: readonly PlannedFault[]): void {
    for (const { atMs, forMs, fault } of plan) {
      this.#parts.sim.after(atMs, () => this.#strike(fault, forMs));
    }
  }

  #strike(fault: Fault, forMs: number): void {
    const repair = this.#begin(fault, forMs);
    if (repair === undefined) return;
    const { sim, onChange } = this.#parts;
    this.#count++;
    onChange();
    sim.after(forMs, () => {
      repair();
      onChange();
    });
  }

  /** Does it; answers how to repair it. */
  #begin(fault: Fault, forMs: number): (() => void) | undefined {
    const { links } = this.#parts;
    switch (fault.kind) {
      case "partition":
        for (const direction of fault.directions) links.block(direction);
        return () => {
          for (const direction of fault.directions) links.unblock(direction);
        };
      case "burst":
        for (const direction of fault.directions) links.beginBurst(direction, fault.lossRate);
        return () => {
          for (const direction of fault.directions) links.endBurst(direction, fault.lossRate);
        };
      case "kill":
      case "close":
      case "freeze":
      case "stall":
        return this.#beginAt(this.#machine(fault.machine), fault.kind, forMs);
      default:
        return assertNever(fault);
    }
  }

  #beginAt(
    machine: Machine,
    kind: "kill" | "close" | "freeze" | "stall",
    forMs: number,
  ): (() => void) | undefined {
    const { state } = machine;
    if (state.name === "down" || state.name === "starting") return undefined;
    switch (kind) {
      case "kill":
        machine.kill();
        this.#parts.onKilled(machine);
        return () => {
          // Another repair may have come first.
          if (machine.state.name === "down") machine.start();
        };
      case "close": {
        if (!machine.isWell) return undefined;
        this.#close(machine);
        return () => {
          // It may still be draining: then what comes next is a process that was ended harshly.
          if (machine.state.name === "closing") machine.kill();
          if (machine.state.name === "down") machine.start();
        };
      }
      case "freeze": {
        if (machine.frozen) return undefined;
        machine.freeze();
        return () => {
          if (state.node.state === "frozen") machine.thaw();
        };
      }
      case "stall":
        if (machine.frozen) return undefined;
        machine.stall(forMs);
        return () => {};
      default:
        return assertNever(kind);
    }
  }

  #close(machine: Machine): void {
    const { onClosing, onCrash } = this.#parts;
    const { state } = machine;
    const onClosed = onClosing(machine);
    machine.close().then(
      (closed) => {
        if (closed !== undefined) onClosed(closed);
      },
      (error: unknown) => {
        const wasKilled = state.name === "serving" && state.node.state === "killed";
        if (!wasKilled) onCrash(`${machine.name} cannot close: ${String(error)}`);
      },
    );
  }

  #machine(name: string): Machine {
    const machine = this.#parts.machines.get(name);
    if (machine === undefined) throw new RangeError(`there is no machine "${name}"`);
    return machine;
  }
}
