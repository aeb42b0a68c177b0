import type { Simulation } from "@selvage/testing";

import type { Life } from "./life.ts";
import type { Member } from "./member.ts";
import { GOODBYE_MS, HEARD_MS } from "./times.ts";
import { areInTouch, type Truth } from "./truth.ts";

/** Who goodbyes are heard by. */
export interface GoodbyeParts {
  readonly sim: Simulation;
  readonly truth: Truth;
  readonly members: ReadonlyMap<string, Member>;
}

/** Finds out who must have heard the goodbye of a process. */
export class Goodbyes {
  readonly #parts: GoodbyeParts;

  constructor(parts: GoodbyeParts) {
    this.#parts = parts;
  }

  /** A process begins to close; what is answered is to be called when it has ended. */
  begin(life: Life): () => void {
    const { sim, truth, members } = this.#parts;
    const beganAtMs = sim.now;
    const hearers = [...members.values()]
      .filter(
        (other) =>
          other !== life.member &&
          areInTouch(other, life.member) &&
          truth.wereInReach(other, life.member, HEARD_MS),
      )
      .map((other) => other.current)
      .filter((hearer) => hearer !== undefined);
    return () => {
      sim.after(GOODBYE_MS, () => {
        const ms = sim.now - beganAtMs;
        life.heardBy = hearers.filter(
          (hearer) =>
            hearer.member.current === hearer &&
            truth.hasBeenWell(hearer.member, ms) &&
            truth.wasLinkGood(hearer.member, life.member, ms),
        );
      });
    };
  }
}
