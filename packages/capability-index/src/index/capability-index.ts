import { type Clock, compareBytes, Emitter, type Listen, type NodeId } from "@selvage/core";

import { type Announcement, DIGEST_BYTES, lifetimeMs } from "../announcement/announcement.ts";
import { DEFAULT_MAX_ENTRIES, VERSION_MEMORY_MS } from "../defaults.ts";
import { type CapabilityEntry, type IndexedEntry, toEntry } from "./entry.ts";
import { HiddenNodes } from "./hidden-nodes.ts";
import { InvertedIndex } from "./inverted-index.ts";
import { isWorthTelling, type Known, type StoredAnnouncement, toStored } from "./known.ts";

/** The parts of a {@link CapabilityIndex}. */
export interface CapabilityIndexParts {
  readonly clock: Clock;
  /** Hears what listeners of {@link CapabilityIndex.onChange} throw; default: nobody. */
  readonly reportError?: ((error: unknown) => void) | undefined;
}

/** Configuration of a {@link CapabilityIndex}. */
export interface CapabilityIndexConfig {
  /** Nodes known at once, gone ones among them; default {@link DEFAULT_MAX_ENTRIES}. */
  readonly maxEntries?: number | undefined;
}

/**
 * What applying an announcement did. All but `stale`, `expired` and `full` are news, to be passed
 * on.
 */
export type ApplyOutcome = "added" | "updated" | "removed" | "stale" | "expired" | "full";

/** A change of what can be found. */
export type CapabilityChange =
  | { readonly type: "added" | "updated" | "hidden" | "unhidden"; readonly entry: CapabilityEntry }
  | {
      readonly type: "removed";
      readonly entry: CapabilityEntry;
      readonly cause: "withdrawn" | "expired";
    };

/** What {@link CapabilityIndex.find} looks for. */
export interface CapabilityQuery {
  /** Tags that an entry must have, all of them; default none: every entry. */
  readonly tags?: readonly string[] | undefined;
}

/** A snapshot of a {@link CapabilityIndex}; the outcomes count since it was made. */
export interface CapabilityIndexStats {
  /** Entries held, hidden ones among them. */
  readonly entries: number;
  /** Nodes of which only the last version is remembered. */
  readonly gone: number;
  readonly hidden: number;
  readonly tags: number;
  readonly outcomes: Readonly<Record<ApplyOutcome, number>>;
  /** Gone nodes forgotten early to make room. */
  readonly evicted: number;
}

/**
 * Who can do what: the newest announcement of every node, found by tags.
 *
 * Lifetimes run on the monotonic clock. Nothing expired is ever found; {@link gc}, to be called now
 * and then, frees it and tells listeners. The last version of a gone node is remembered as long as
 * an older announcement of it may still be under way.
 */
export class CapabilityIndex {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #known = new Map<NodeId, Known>();
  readonly #inverted = new InvertedIndex();
  readonly #hidden = new HiddenNodes();
  readonly #changes: Emitter<CapabilityChange>;
  readonly #outcomes: Record<ApplyOutcome, number> = {
    added: 0,
    updated: 0,
    removed: 0,
    stale: 0,
    expired: 0,
    full: 0,
  };
  #evicted = 0;

  constructor(
    { clock, reportError = () => {} }: CapabilityIndexParts,
    { maxEntries = DEFAULT_MAX_ENTRIES }: CapabilityIndexConfig = {},
  ) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
      throw new RangeError(`maxEntries must be a whole number of at least 1, got ${maxEntries}`);
    }
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#changes = new Emitter(reportError);
  }

  /** Tells of every change of what can be found, after it happened. */
  get onChange(): Listen<CapabilityChange> {
    return this.#changes.on;
  }

  /** Whether an announcement would replace what is known of its node. */
  isNewer({ nodeId, version, body }: Pick<Announcement, "nodeId" | "version" | "body">): boolean {
    const known = this.#known.get(nodeId)?.announcement;
    if (known === undefined) return true;
    if (version !== known.version) return version > known.version;
    // Two processes with one key may sign the same version: every node must prefer the same one.
    return compareBytes(body, known.body) > 0;
  }

  /** Takes in a verified announcement, received from the neighbour `via`. */
  apply(announcement: Announcement, { via }: { readonly via?: NodeId } = {}): ApplyOutcome {
    const outcome = this.#apply(announcement, via);
    this.#outcomes[outcome]++;
    return outcome;
  }

  /**
   * Stops finding a node's entry, because the node failed; it is kept, and known again by
   * {@link unhide} or when another process announces itself under the same id.
   */
  hide(nodeId: NodeId): void {
    const indexed = this.#known.get(nodeId)?.indexed;
    if (!this.#hidden.add(nodeId, indexed?.entry.bootId, this.#clock.now())) return;
    this.#setHidden(indexed, true);
  }

  /** Takes {@link hide} back. */
  unhide(nodeId: NodeId): void {
    if (!this.#hidden.delete(nodeId)) return;
    this.#setHidden(this.#known.get(nodeId)?.indexed, false);
  }

  isHidden(nodeId: NodeId): boolean {
    return this.#hidden.has(nodeId);
  }

  /** The entries that have all the tags, neither hidden nor expired, ordered by node id. */
  find({ tags = [] }: CapabilityQuery = {}): readonly CapabilityEntry[] {
    return this.#inverted.select(tags, this.#clock.now());
  }

  /** The entry of a node, also while it is hidden. */
  get(nodeId: NodeId): CapabilityEntry | undefined {
    const indexed = this.#known.get(nodeId)?.indexed;
    return indexed !== undefined && indexed.expiresAt > this.#clock.now()
      ? indexed.entry
      : undefined;
  }

  /** What a node that knows nothing must be told: what holds, and what was withdrawn. */
  entries(): StoredAnnouncement[] {
    const now = this.#clock.now();
    return [...this.#known.values()]
      .filter((known) => isWorthTelling(known, now))
      .map((known) => toStored(known, now));
  }

  /** The announcement to pass on for one node, as {@link entries} would give it. */
  stored(nodeId: NodeId): StoredAnnouncement | undefined {
    const known = this.#known.get(nodeId);
    const now = this.#clock.now();
    return known !== undefined && isWorthTelling(known, now) ? toStored(known, now) : undefined;
  }

  /** Eight bytes that are equal at two nodes if their {@link entries} say the same. */
  digest(): Uint8Array {
    const now = this.#clock.now();
    const digest = new Uint8Array(DIGEST_BYTES);
    for (const known of this.#known.values()) {
      if (!isWorthTelling(known, now)) continue;
      const own = known.announcement.digest;
      for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = (digest[i] ?? 0) ^ (own[i] ?? 0);
    }
    return digest;
  }

  /** Frees what expired; returns how many entries did. */
  gc(): number {
    const now = this.#clock.now();
    const removed: CapabilityEntry[] = [];
    for (const [nodeId, known] of this.#known) {
      if (known.indexed !== undefined && known.indexed.expiresAt <= now) {
        removed.push(known.indexed.entry);
        this.#unindex(known);
      }
      if (now - known.signedAt >= VERSION_MEMORY_MS) this.#known.delete(nodeId);
    }
    this.#hidden.forget(now, (nodeId) => this.#known.has(nodeId));
    for (const entry of removed) this.#changes.emit({ type: "removed", entry, cause: "expired" });
    return removed.length;
  }

  stats(): CapabilityIndexStats {
    const entries = this.#inverted.entries;
    return {
      entries,
      gone: this.#known.size - entries,
      hidden: this.#hidden.size,
      tags: this.#inverted.tags,
      outcomes: { ...this.#outcomes },
      evicted: this.#evicted,
    };
  }

  #apply(announcement: Announcement, via: NodeId | undefined): ApplyOutcome {
    const { nodeId, bootId, ageMs, tombstone } = announcement;
    if (!this.isNewer(announcement)) return "stale";
    const now = this.#clock.now();
    const signedAt = now - ageMs;
    const expiresAt = signedAt + lifetimeMs(announcement);
    if (expiresAt <= now) return "expired";
    const before = this.#known.get(nodeId);
    if (before === undefined && !this.#makeRoom()) return "full";
    const previous = before === undefined ? undefined : this.#unindex(before);

    const next: Known = { announcement, via, signedAt, indexed: undefined };
    this.#known.set(nodeId, next);
    if (tombstone) {
      this.#hidden.delete(nodeId);
      if (previous !== undefined) {
        this.#changes.emit({ type: "removed", entry: previous.entry, cause: "withdrawn" });
      }
      return "removed";
    }
    const hidden = this.#hidden.staysHidden(nodeId, bootId);
    const indexed: IndexedEntry = { entry: toEntry(announcement), expiresAt, hidden };
    next.indexed = indexed;
    this.#inverted.add(indexed);
    const { entry } = indexed;
    const outcome = previous === undefined ? "added" : "updated";
    this.#changes.emit({ type: outcome, entry });
    if (hidden !== (previous?.hidden ?? false)) {
      this.#changes.emit({ type: hidden ? "hidden" : "unhidden", entry });
    }
    return outcome;
  }

  #unindex(known: Known): IndexedEntry | undefined {
    const { indexed } = known;
    if (indexed !== undefined) this.#inverted.remove(indexed);
    known.indexed = undefined;
    return indexed;
  }

  #setHidden(indexed: IndexedEntry | undefined, hidden: boolean): void {
    if (indexed === undefined) return;
    indexed.hidden = hidden;
    this.#inverted.touch(indexed);
    this.#changes.emit({ type: hidden ? "hidden" : "unhidden", entry: indexed.entry });
  }

  /** Room for one more node, at the cost of the gone one that would be forgotten first. */
  #makeRoom(): boolean {
    if (this.#known.size < this.#maxEntries) return true;
    this.gc();
    if (this.#known.size < this.#maxEntries) return true;
    let oldest: Known | undefined;
    for (const known of this.#known.values()) {
      if (known.indexed !== undefined) continue;
      if (oldest === undefined || known.signedAt < oldest.signedAt) oldest = known;
    }
    if (oldest === undefined) return false;
    this.#known.delete(oldest.announcement.nodeId);
    this.#evicted++;
    return true;
  }
}
