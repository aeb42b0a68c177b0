import type { NodeId } from "@selvage/core";

import type { CapabilityEntry, CapabilityWatchEvent } from "../../src/index.ts";

/** Reads a live query at the pace it is told to, and keeps what the events add up to. */
export class Follower {
  readonly #iterator: AsyncIterator<CapabilityWatchEvent>;
  readonly #name: (nodeId: NodeId) => unknown;
  readonly #entries = new Map<NodeId, CapabilityEntry>();
  #waiting: Promise<IteratorResult<CapabilityWatchEvent>> | undefined;
  /** All that was read, as text. */
  readonly log: string[] = [];
  ended = false;

  constructor(
    watch: AsyncIterable<CapabilityWatchEvent>,
    name: (nodeId: NodeId) => unknown = (nodeId) => nodeId,
  ) {
    this.#name = name;
    this.#iterator = watch[Symbol.asyncIterator]();
  }

  /** What a reader believes to be there, ordered by node id. */
  get entries(): CapabilityEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  /** Reads up to so many events, as far as there are any. */
  async read(most = Number.POSITIVE_INFINITY): Promise<void> {
    for (let read = 0; read < most && !this.ended; read++) {
      this.#waiting ??= this.#iterator.next();
      const result = await settled(this.#waiting);
      if (result === undefined) return;
      this.#waiting = undefined;
      if (result.done === true) this.ended = true;
      else this.#take(result.value);
    }
  }

  async stop(): Promise<void> {
    await this.#iterator.return?.();
  }

  #take(event: CapabilityWatchEvent): void {
    if (event.type === "ready") {
      this.log.push("ready");
      return;
    }
    const { type, entry } = event;
    const known = this.#entries.has(entry.nodeId);
    if (known !== (type !== "added")) throw new Error(`${type}, yet it was known: ${known}`);
    if (type === "removed") this.#entries.delete(entry.nodeId);
    else this.#entries.set(entry.nodeId, entry);
    this.log.push(`${type} ${String(this.#name(entry.nodeId))} v${entry.version}`);
  }
}

/** What a promise resolved to, or `undefined` if it did not. */
async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  let value: T | undefined;
  void promise.then((result) => {
    value = result;
  });
  for (let i = 0; i < 4; i++) await Promise.resolve();
  return value;
}
