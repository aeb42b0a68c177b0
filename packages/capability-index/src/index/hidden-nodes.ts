import type { NodeId } from "@selvage/core";

import { VERSION_MEMORY_MS } from "../defaults.ts";

interface Hiding {
  /** The process that failed; `undefined` until an announcement says which one runs there. */
  bootId: string | undefined;
  readonly since: number;
}

/**
 * The nodes whose entries are not to be found because they failed. Not bound to an entry: an
 * announcement from before the failure may still arrive after it.
 */
export class HiddenNodes {
  readonly #hidings = new Map<NodeId, Hiding>();
  readonly #limit: number;
  readonly #hasEntry: (nodeId: NodeId) => boolean;

  /** At `limit`, one without an entry is forgotten for a new one, the first that was hidden. */
  constructor(limit: number, hasEntry: (nodeId: NodeId) => boolean) {
    this.#limit = limit;
    this.#hasEntry = hasEntry;
  }

  get size(): number {
    return this.#hidings.size;
  }

  has(nodeId: NodeId): boolean {
    return this.#hidings.has(nodeId);
  }

  /** False if it is hidden already. */
  add(nodeId: NodeId, bootId: string | undefined, now: number): boolean {
    if (this.#hidings.has(nodeId)) return false;
    if (this.#hidings.size >= this.#limit) this.#forgetOne();
    this.#hidings.set(nodeId, { bootId, since: now });
    return true;
  }

  delete(nodeId: NodeId): boolean {
    return this.#hidings.delete(nodeId);
  }

  /** Whether the node stays hidden now that this process speaks for it: another one did not fail. */
  staysHidden(nodeId: NodeId, bootId: string): boolean {
    const hiding = this.#hidings.get(nodeId);
    if (hiding === undefined) return false;
    hiding.bootId ??= bootId;
    if (hiding.bootId === bootId) return true;
    this.#hidings.delete(nodeId);
    return false;
  }

  /** Forgets nodes without an entry once no announcement from before the failure can arrive. */
  forget(now: number): void {
    for (const [nodeId, { since }] of this.#hidings) {
      if (now - since >= VERSION_MEMORY_MS && !this.#hasEntry(nodeId)) this.#hidings.delete(nodeId);
    }
  }

  #forgetOne(): void {
    for (const nodeId of this.#hidings.keys()) {
      if (this.#hasEntry(nodeId)) continue;
      this.#hidings.delete(nodeId);
      return;
    }
  }
}
