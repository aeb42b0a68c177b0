import { assertNever } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import type { Fault, MachineFaultKind, PlannedFault } from "./faults.ts";
import type { Links } from "./links.ts";
import type { ClosedProcess, Machine } from "./machine.ts";

/** What faults are done to. */
export interface InjectorParts<P, M extends Machine<P>> {
  readonly sim: Simulation;
  readonly links: Links;
  readonly machines: ReadonlyMap<string, M>;
  /** Something changed that may matter to who can reach whom. */
  readonly onChange: () => void;
  /** A process was killed. */
  readonly onKilled?: ((machine: M) => void) | undefined;
  /** A machine is seen under another address from now on. */
  readonly onRebound?: ((machine: M) => void) | undefined;
  /** A process begins to close; answers what to call when it has ended. */
  readonly onClosing: (machine: M) => (closed: ClosedProcess<P>) => void;
  readonly onCrash: (message: string) => void;
}

type Repair = () => void;

const nothing: Repair = () => {};

/** Makes things go wrong as planned, and repairs them. */
export class FaultInjector<P, M extends Machine<P>> {
  readonly #parts: InjectorParts<P, M>;
  #count = 0;

  constructor(parts: InjectorParts<P, M>) {
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
    if (forMs === Number.POSITIVE_INFINITY) return;
    sim.after(forMs, () => {
      repair();
      onChange();
    });
  }

  /** Does it; answers how to repair it. */
  #begin(fault: Fault, forMs: number): Repair | undefined {
    const { links, sim } = this.#parts;
    switch (fault.kind) {
      case "clock-step":
        sim.stepWall(fault.machine, fault.byMs);
        return nothing;
      case "partition":
        for (const direction of fault.directions) links.block(direction);
        return () => {
          for (const direction of fault.directions) links.unblock(direction);
        };
      case "trouble":
        for (const direction of fault.directions) links.worsen(direction, fault.trouble);
        return () => {
          for (const direction of fault.directions) links.relieve(direction, fault.trouble);
        };
      case "kill":
      case "close":
      case "freeze":
      case "suspend":
      case "stall":
      case "rebind":
        return this.#beginAt(this.#machine(fault.machine), fault.kind, forMs);
      default:
        return assertNever(fault);
    }
  }

  #beginAt(machine: M, kind: MachineFaultKind, forMs: number): Repair | undefined {
    const { sim, onKilled, onRebound } = this.#parts;
    const { state } = machine;
    if (kind === "rebind") {
      sim.network.rebind(machine.name);
      onRebound?.(machine);
      return nothing;
    }
    if (state.name === "down" || state.name === "starting") return undefined;
    switch (kind) {
      case "kill":
        machine.kill();
        onKilled?.(machine);
        return () => {
          // Another repair may have come first.
          if (machine.state.name === "down") machine.start();
        };
      case "close":
        if (!machine.isWell) return undefined;
        this.#close(machine);
        return () => {
          // It may still be draining: then what comes next is a process that was ended harshly.
          if (machine.state.name === "closing") machine.kill();
          if (machine.state.name === "down") machine.start();
        };
      case "freeze":
        if (!machine.isRunning) return undefined;
        machine.freeze();
        return () => {
          if (state.node.state === "frozen") machine.thaw();
        };
      case "suspend":
        if (!machine.isRunning) return undefined;
        machine.suspend(forMs);
        return nothing;
      case "stall":
        if (!machine.isRunning) return undefined;
        machine.stall(forMs);
        return nothing;
      default:
        return assertNever(kind);
    }
  }

  #close(machine: M): void {
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

  #machine(name: string): M {
    const machine = this.#parts.machines.get(name);
    if (machine === undefined) throw new RangeError(`there is no machine "${name}"`);
    return machine;
  }
}
