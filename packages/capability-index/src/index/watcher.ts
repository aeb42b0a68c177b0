import type { NodeId } from "@selvage/core";

import type { CapabilityEntry } from "./entry.ts";
import type { CapabilityWatchEvent } from "./watch-event.ts";

/** What a {@link Watcher} asks of the index. */
export interface WatcherParts {
  /** The entry of a node, if the query finds it now. */
  readonly current: (nodeId: NodeId) => CapabilityEntry | undefined;
  /** All that the query finds now. */
  readonly find: () => readonly CapabilityEntry[];
  /** Called once, at the end. */
  readonly onEnd: () => void;
}

type Read = (result: IteratorResult<CapabilityWatchEvent, undefined>) => void;

/**
 * One live query. Remembers what its reader was told and which nodes have changed since, nothing
 * else: each read compares the two, so that a slow reader skips what is over and never misses what
 * is, and what waits for it is bounded by the index.
 */
export class Watcher implements AsyncIterable<CapabilityWatchEvent> {
  readonly #parts: WatcherParts;
  readonly #told = new Map<NodeId, CapabilityEntry>();
  /** Nodes found at the beginning that were not looked at yet; `undefined` before the first read. */
  #beginning: Set<NodeId> | undefined;
  /** Other nodes about which the reader knows something else than what is. */
  readonly #changed = new Set<NodeId>();
  readonly #reads: Read[] = [];
  #ready = false;
  #iterated = false;
  #ended = false;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  /** Looks at a node that may have changed. */
  touch(nodeId: NodeId): void {
    // Whoever has not begun to read is told everything as it is then.
    if (this.#beginning === undefined || this.#ended) return;
    this.#note(nodeId);
    this.#serve();
  }

  /** Looks at all nodes, because what the query means has changed. */
  touchAll(): void {
    if (this.#beginning === undefined || this.#ended) return;
    for (const nodeId of this.#told.keys()) this.#note(nodeId);
    for (const { nodeId } of this.#parts.find()) this.#note(nodeId);
    this.#serve();
  }

  /** Ends the query; what was not read is dropped. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#told.clear();
    this.#beginning?.clear();
    this.#changed.clear();
    for (const read of this.#reads.splice(0)) read({ done: true, value: undefined });
    this.#parts.onEnd();
  }

  [Symbol.asyncIterator](): AsyncIterator<CapabilityWatchEvent, undefined> {
    if (this.#iterated) throw new TypeError("the watch is being iterated already");
    this.#iterated = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.end();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<IteratorResult<CapabilityWatchEvent, undefined>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    this.#beginning ??= new Set(this.#parts.find().map(({ nodeId }) => nodeId));
    return new Promise((resolve) => {
      this.#reads.push(resolve);
      this.#serve();
    });
  }

  #note(nodeId: NodeId): void {
    if (this.#parts.current(nodeId) === this.#told.get(nodeId)) this.#changed.delete(nodeId);
    else this.#changed.add(nodeId);
  }

  #serve(): void {
    while (this.#reads.length > 0) {
      const event = this.#take();
      if (event === undefined) return;
      this.#reads.shift()?.({ done: false, value: event });
    }
  }

  /** The next thing that the reader has to know. */
  #take(): CapabilityWatchEvent | undefined {
    const first = this.#takeOf(this.#beginning);
    if (first !== undefined) return first;
    if (this.#ready) return this.#takeOf(this.#changed);
    this.#ready = true;
    return { type: "ready" };
  }

  #takeOf(nodes: Set<NodeId> | undefined): CapabilityWatchEvent | undefined {
    for (const nodeId of nodes ?? []) {
      nodes?.delete(nodeId);
      const event = this.#tell(nodeId);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #tell(nodeId: NodeId): CapabilityWatchEvent | undefined {
    const before = this.#told.get(nodeId);
    const now = this.#parts.current(nodeId);
    if (before === now) return undefined;
    if (now === undefined) this.#told.delete(nodeId);
    else this.#told.set(nodeId, now);
    if (before === undefined) return now && { type: "added", entry: now };
    if (now === undefined) return { type: "removed", entry: before };
    return { type: "updated", entry: now };
  }
}
