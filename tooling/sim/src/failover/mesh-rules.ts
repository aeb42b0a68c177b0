import type { Mesh } from "@selvage/mesh";
import type { Simulation } from "@selvage/testing";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import type { ClosedProcess } from "../world/machine.ts";
import { leftOfCalls, leftOfProcess } from "../world/mesh-leaks.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import { DEAD_LISTED_MS, GOODBYE_MS, REDISCOVERY_MS } from "./times.ts";
import { isListed } from "./truth.ts";

/** How often a condition that must come true is looked at, in milliseconds. */
const LOOK_MS = 25;
/** How long what is closed may take to let everything go, in milliseconds. */
const LEAK_AFTER_MS = 1_000;

/** What the rules about nodes are checked on. */
export interface MeshRuleParts {
  readonly sim: Simulation;
  readonly log: ViolationLog;
  readonly metrics: Metrics;
  readonly caller: MeshMachine;
  readonly providers: readonly MeshMachine[];
}

/** Rules about who knows whom, and about what is left behind. */
export class MeshRules {
  readonly #parts: MeshRuleParts;

  constructor(parts: MeshRuleParts) {
    this.#parts = parts;
  }

  /** From now on, everything is well: how long until everybody knows everybody? */
  expectRediscovery(): void {
    const { sim } = this.#parts;
    const since = sim.now;
    const look = (): void => {
      const missing = this.#missing();
      if (missing.length === 0) {
        this.#parts.metrics.sample("rediscoveryMs", sim.now - since);
      } else if (sim.now - since > REDISCOVERY_MS) {
        this.#parts.log.add(
          "not-found-again",
          `${REDISCOVERY_MS} ms after the last repair, ${missing.join("; ")}`,
        );
      } else {
        sim.after(LOOK_MS, look);
      }
    };
    look();
  }

  /** A provider was killed just now. If the caller knew it, it must come to count it as failed. */
  onKilled(provider: MeshMachine): void {
    const { sim, log, caller } = this.#parts;
    const known = caller.mesh?.peers().some(({ nodeId }) => nodeId === provider.nodeId) === true;
    if (!known) return;
    const { state } = provider;
    const from = sim.now;
    sim.after(DEAD_LISTED_MS, () => {
      // The caller's own standstill is charged to nobody, and what waits at a relay that stands
      // still is a sign of life when it comes.
      const stood = this.#everybody().some((one) => one.stoppedMs({ from, to: sim.now }) > 0);
      if (provider.state !== state || stood) return;
      if (isListed(caller, provider, "safe")) {
        log.add("still-listed", `${provider.name} has been dead for ${DEAD_LISTED_MS} ms`);
      }
    });
  }

  /** A provider closed just now, and `couldBeHeard` all the while. */
  onClosed(provider: MeshMachine, couldBeHeard: boolean, closed: ClosedProcess<Mesh>): void {
    const { sim, log, caller } = this.#parts;
    sim.after(LEAK_AFTER_MS, () => this.checkClosed(provider.name, closed));
    if (!couldBeHeard) return;
    const { state } = provider;
    sim.after(GOODBYE_MS, () => {
      if (provider.state !== state || !isListed(caller, provider, "safe")) return;
      log.add("still-listed", `${provider.name} said goodbye ${GOODBYE_MS} ms ago`);
    });
  }

  /** No call is under way any more: nothing of the calls may be left. */
  checkQuiet(): void {
    for (const machine of this.#everybody()) {
      const stats = machine.mesh?.stats();
      if (stats === undefined) continue;
      const left = leftOfCalls(stats);
      if (left.length > 0) this.#parts.log.add("leak", `${machine.name} has ${left.join(", ")}`);
    }
  }

  /** Nothing may be left of a process that closed. */
  checkClosed(name: string, closed: ClosedProcess<Mesh>): void {
    // A handler that does not heed its signal works on, each with the timer of its work.
    const left = leftOfProcess(closed, closed.process.stats().inFlight);
    if (left.length === 0) return;
    this.#parts.log.add("leak", `${name} was closed and still has ${left.join(", ")}`);
  }

  #missing(): string[] {
    const missing: string[] = [];
    for (const machine of this.#everybody()) {
      for (const provider of this.#parts.providers) {
        if (provider === machine || isListed(machine, provider, "safe")) continue;
        missing.push(`${machine.name} does not find ${provider.name}`);
      }
    }
    return missing;
  }

  #everybody(): readonly MeshMachine[] {
    return [this.#parts.caller, ...this.#parts.providers];
  }
}
