import type { Simulation } from "@selvage/testing";

import type { Links } from "../world/links.ts";
import type { MeshMachine } from "../world/mesh-machine.ts";
import { Steady } from "../world/steady.ts";
import type { ServiceName } from "./ledger.ts";
import { contracts } from "./services.ts";

/** How often the caller's list is looked at, in milliseconds. */
const LOOK_MS = 50;

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly caller: MeshMachine;
  readonly providers: readonly MeshMachine[];
}

/**
 * What an onlooker knows who sees everything: since when each provider has been listed at the
 * caller, well, and reachable both ways.
 */
export class Truth {
  readonly #parts: TruthParts;
  readonly #usable: Steady;

  constructor(parts: TruthParts) {
    this.#parts = parts;
    this.#usable = new Steady(() => parts.sim.now);
  }

  /** Looks at once, and then every now and then until `untilMs`. */
  watch(untilMs: number): void {
    const { sim } = this.#parts;
    this.look();
    if (sim.now + LOOK_MS <= untilMs) sim.after(LOOK_MS, () => this.watch(untilMs));
  }

  /** Takes note of how things are now. */
  look(): void {
    for (const provider of this.#parts.providers) {
      this.#usable.note(provider.name, this.isUsable(provider));
    }
  }

  /** Whether some provider has been usable for the last `ms`. */
  someUsableFor(ms: number): boolean {
    this.look();
    return this.#usable.anyHeldFor(ms);
  }

  /** Whether a call that is made now could be answered. */
  isUsable(provider: MeshMachine): boolean {
    const { links, caller } = this.#parts;
    return (
      caller.isWell &&
      provider.isWell &&
      links.isGood(caller.name, provider.name) &&
      isListed(caller, provider, "safe")
    );
  }
}

/** Whether a machine finds another one's service in its own index. */
export function isListed(at: MeshMachine, provider: MeshMachine, service: ServiceName): boolean {
  const found = at.mesh?.findProviders(contracts[service].name) ?? [];
  return found.some(({ nodeId }) => nodeId === provider.nodeId);
}
