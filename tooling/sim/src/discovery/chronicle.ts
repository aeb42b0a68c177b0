import type { NodeId } from "@selvage/core";

import type { Life } from "./life.ts";

/** All processes that ever were, as somebody knows them who sees everything. */
export class Chronicle {
  readonly #lives: Life[] = [];
  readonly #byBootId: Map<string, Life> = new Map();
  /** Those that have published nothing so far, as far as one has looked. */
  readonly #nameless: Set<Life> = new Set();

  get lives(): readonly Life[] {
    return this.#lives;
  }

  begin(life: Life): void {
    this.#lives.push(life);
    this.#nameless.add(life);
  }

  /** The process that an entry claims to be by. */
  find({ nodeId, bootId }: { readonly nodeId: NodeId; readonly bootId: string }): Life | undefined {
    const life = this.#byBootId.get(bootId) ?? this.#findNew(bootId);
    return life?.member.nodeId === nodeId ? life : undefined;
  }

  #findNew(bootId: string): Life | undefined {
    for (const life of this.#nameless) {
      if (life.bootId === undefined) continue;
      this.#nameless.delete(life);
      this.#byBootId.set(life.bootId, life);
    }
    return this.#byBootId.get(bootId);
  }
}
