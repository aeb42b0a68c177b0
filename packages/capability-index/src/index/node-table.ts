import { type Clock, equalBytes, type NodeId } from "@selvage/core";

import { type Announcement, lifetimeMs } from "../announcement/announcement.ts";
import { meets, type PreparedQuery } from "../query/prepared-query.ts";
import { isSameBody, latestTiming } from "./better-copy.ts";
import type { ApplyOutcome, CapabilityChange } from "./change.ts";
import { type CapabilityEntry, toEntry } from "./entry.ts";
import { HiddenNodes } from "./hidden-nodes.ts";
import { InvertedIndex } from "./inverted-index.ts";
import { KnownNodes } from "./known-nodes.ts";
import { type Known, type StoredAnnouncement, toKnown, toStored } from "./known.ts";

/** The parts of a {@link NodeTable}. */
export interface NodeTableParts {
  readonly clock: Clock;
  readonly maxEntries: number;
  /** Hears at once when what is found of a node may have changed. */
  readonly onTouch: (
    nodeId: NodeId,
    before: CapabilityEntry | undefined,
    after: CapabilityEntry | undefined,
  ) => void;
  /** Hears of every change after it happened; of what expired, when it is collected. */
  readonly onChange: (change: CapabilityChange) => void;
}

/**
 * What is known of every node, what of it is found by what, and who is hidden. Whatever is asked,
 * what is over by then has left first.
 */
export class NodeTable {
  readonly #parts: NodeTableParts;
  readonly #known = new KnownNodes();
  readonly #inverted = new InvertedIndex();
  readonly #hidden: HiddenNodes;
  #evicted = 0;

  constructor(parts: NodeTableParts) {
    this.#parts = parts;
    const isKnown = (nodeId: NodeId): boolean => this.#known.get(nodeId) !== undefined;
    this.#hidden = new HiddenNodes(parts.maxEntries, isKnown);
  }

  /** The newest that is known of a node, even if nobody is told of it any more. */
  newest(nodeId: NodeId): Readonly<Known> | undefined {
    return this.#known.get(nodeId);
  }

  /** The next moment at which an entry expires. */
  get nextExpiry(): number | undefined {
    return this.#known.nextExpiry;
  }

  /** Whether somebody else is known under the node's id. */
  isTaken({ nodeId, entityId }: Pick<Announcement, "nodeId" | "entityId">): boolean {
    const known = this.#known.get(nodeId);
    return known !== undefined && !equalBytes(known.entityId, entityId);
  }

  /** Takes in what is newer than what is known of the node. */
  apply(announcement: Announcement, via: NodeId | undefined): ApplyOutcome {
    const { nodeId, bootId, ageMs, tombstone } = announcement;
    const before = this.#known.get(nodeId);
    if (ageMs >= lifetimeMs(announcement)) return "expired";
    const now = this.#expire();
    if (before === undefined && !this.#makeRoom()) return "full";
    const previous = before?.entry;
    const found = before?.holds === true ? previous : undefined;
    const isCopy = before !== undefined && isSameBody(announcement, before);
    const told = { signedAt: now - ageMs, arrivedAt: now };
    const timing = isCopy ? latestTiming(before, told) : told;
    const entry = this.#index(announcement, found);
    this.#known.set(toKnown(announcement, via, timing, entry));
    const wasHidden = previous !== undefined && this.#hidden.has(nodeId);
    if (tombstone) this.#hidden.delete(nodeId);
    const hidden = this.#hidden.staysHidden(nodeId, bootId);
    const { onTouch, onChange } = this.#parts;
    onTouch(nodeId, previous, entry);
    if (entry === undefined) {
      if (previous !== undefined)
        onChange({ type: "removed", entry: previous, cause: "withdrawn" });
      return "removed";
    }
    const outcome = previous === undefined ? "added" : "updated";
    onChange({ type: outcome, entry });
    if (hidden !== wasHidden) onChange({ type: hidden ? "hidden" : "unhidden", entry });
    return outcome;
  }

  hide(nodeId: NodeId): void {
    const bootId = this.#known.get(nodeId)?.entry?.bootId;
    if (this.#hidden.add(nodeId, bootId, this.#parts.clock.now())) this.#turn(nodeId, "hidden");
  }

  unhide(nodeId: NodeId): void {
    if (this.#hidden.delete(nodeId)) this.#turn(nodeId, "unhidden");
  }

  isHidden(nodeId: NodeId): boolean {
    return this.#hidden.has(nodeId);
  }

  /** The entry of a node, also while it is hidden. */
  entry(nodeId: NodeId): CapabilityEntry | undefined {
    const known = this.#known.get(nodeId);
    const now = this.#parts.clock.now();
    return known !== undefined && known.expiresAt > now ? known.entry : undefined;
  }

  /** All entries that a query finds, ordered by node id. */
  select(query: PreparedQuery): readonly CapabilityEntry[] {
    this.#expire();
    return this.#inverted.select(query, this.#hidden);
  }

  /** The entry of a node if a query finds it. */
  selectOne(nodeId: NodeId, query: PreparedQuery): CapabilityEntry | undefined {
    const entry = this.#hidden.has(nodeId) ? undefined : this.entry(nodeId);
    return entry !== undefined && meets(query, entry) ? entry : undefined;
  }

  /** What others are told of all nodes. */
  allStored(): StoredAnnouncement[] {
    const now = this.#expire();
    const all: StoredAnnouncement[] = [];
    for (const known of this.#known.values()) if (known.holds) all.push(toStored(known, now));
    return all;
  }

  /** What others are told of one node. */
  stored(nodeId: NodeId): StoredAnnouncement | undefined {
    const now = this.#expire();
    const known = this.#known.get(nodeId);
    return known?.holds === true ? toStored(known, now) : undefined;
  }

  /** The newest announcement of a node, also of one that is gone. */
  remembered(nodeId: NodeId): StoredAnnouncement | undefined {
    const now = this.#expire();
    const known = this.#known.get(nodeId);
    return known && toStored(known, now);
  }

  /** Stands for what others are told of all nodes. */
  digest(): Uint8Array {
    this.#expire();
    return this.#known.digest();
  }

  /** Frees what is over and tells of it; returns how many entries that were. */
  collect(): number {
    const now = this.#expire();
    const removed = this.#known.collect(now);
    this.#hidden.forget(now);
    for (const entry of removed) this.#parts.onChange({ type: "removed", entry, cause: "expired" });
    return removed.length;
  }

  stats(): {
    readonly entries: number;
    readonly gone: number;
    readonly hidden: number;
    readonly tags: number;
    readonly models: number;
    readonly tools: number;
    readonly evicted: number;
  } {
    this.#expire();
    const { entries } = this.#inverted;
    return {
      entries,
      gone: this.#known.size - entries,
      hidden: this.#hidden.size,
      tags: this.#inverted.count("tag"),
      models: this.#inverted.count("model"),
      tools: this.#inverted.count("tool"),
      evicted: this.#evicted,
    };
  }

  /** What is found of a node from now on, in place of what was found `before`. */
  #index(
    announcement: Announcement,
    before: CapabilityEntry | undefined,
  ): CapabilityEntry | undefined {
    const { capabilities, tombstone } = announcement;
    if (!tombstone && before?.capabilities.equals(capabilities) === true) {
      // Mostly a node says the same again: it is held as it was, with all that was read out of it.
      const entry = toEntry(announcement, before.capabilities);
      this.#inverted.replace(before, entry);
      return entry;
    }
    if (before !== undefined) this.#inverted.remove(before);
    if (tombstone) return undefined;
    return this.#inverted.add(capabilities, (shared) => toEntry(announcement, shared));
  }

  /** Nothing that is over by now is found afterwards. */
  #expire(): number {
    const now = this.#parts.clock.now();
    this.#known.expire(now, (entry) => {
      this.#inverted.remove(entry);
      this.#parts.onTouch(entry.nodeId, entry, undefined);
    });
    return now;
  }

  #turn(nodeId: NodeId, type: "hidden" | "unhidden"): void {
    const known = this.#known.get(nodeId);
    if (known?.entry === undefined) return;
    const { entry, holds } = known;
    if (holds) this.#inverted.touch(entry);
    this.#parts.onTouch(nodeId, entry, entry);
    this.#parts.onChange({ type, entry });
  }

  /** Room for one more node, at the cost of the gone one that would be forgotten first. */
  #makeRoom(): boolean {
    const { maxEntries } = this.#parts;
    if (this.#known.size < maxEntries) return true;
    this.collect();
    if (this.#known.size < maxEntries) return true;
    if (!this.#known.evict()) return false;
    this.#evicted++;
    return true;
  }
}
