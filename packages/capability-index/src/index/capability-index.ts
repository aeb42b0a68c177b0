import {
  type Clock,
  compareBytes,
  Emitter,
  type Listen,
  type NodeId,
  onAbort,
} from "@selvage/core";

import type { Announcement } from "../announcement/announcement.ts";
import type { NewerCandidate } from "../announcement/verifier.ts";
import { DEFAULT_MAX_ENTRIES, DEFAULT_MAX_WATCHERS } from "../defaults.ts";
import { CapabilityError } from "../errors.ts";
import { type CapabilityQuery, prepareQuery } from "../query/capability-query.ts";
import { type CapabilityRequirement, compileScore } from "../query/requirement.ts";
import { OwnSubnet, type SubnetConfig } from "../subnet/own-subnet.ts";
import { isBetterCopy } from "./better-copy.ts";
import type { ApplyOutcome, CapabilityChange, CapabilityIndexStats } from "./change.ts";
import type { CapabilityEntry } from "./entry.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import type { StoredAnnouncement } from "./known.ts";
import { NodeTable } from "./node-table.ts";
import { unpackSigned } from "./signed-bytes.ts";
import type { CapabilityWatchEvent, WatchOptions } from "./watch-event.ts";
import { Watcher } from "./watcher.ts";
import { Watchers } from "./watchers.ts";

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
  /** Live queries at once; default {@link DEFAULT_MAX_WATCHERS}. */
  readonly maxWatchers?: number | undefined;
  /** What queries in the own subnet need; default nothing: they find nobody. */
  readonly subnets?: SubnetConfig | undefined;
}

/**
 * Who can do what: the newest announcement of every node, found by tags and what they say.
 *
 * Lifetimes run on the monotonic clock. Nothing expired is ever found; {@link gc}, to be called now
 * and then, frees it and tells listeners. The last version of a gone node is remembered as long as
 * an older announcement of it may still be under way.
 */
export class CapabilityIndex implements Disposable {
  readonly #clock: Clock;
  readonly #table: NodeTable;
  readonly #ownSubnet: OwnSubnet;
  readonly #changes: Emitter<CapabilityChange>;
  readonly #watchers = new Watchers();
  readonly #maxWatchers: number;
  readonly #timer: ExpiryTimer;
  readonly #outcomes: Record<ApplyOutcome, number> = {
    added: 0,
    updated: 0,
    removed: 0,
    stale: 0,
    expired: 0,
    full: 0,
    conflict: 0,
  };
  #queries = 0;
  #isClosed = false;

  constructor(
    { clock, reportError = () => {} }: CapabilityIndexParts,
    {
      maxEntries = DEFAULT_MAX_ENTRIES,
      maxWatchers = DEFAULT_MAX_WATCHERS,
      subnets,
    }: CapabilityIndexConfig = {},
  ) {
    this.#clock = clock;
    this.#maxWatchers = atLeastOne("maxWatchers", maxWatchers);
    this.#changes = new Emitter(reportError);
    this.#table = new NodeTable({
      clock,
      maxEntries: atLeastOne("maxEntries", maxEntries),
      onTouch: (nodeId, before, after) => this.#touch(nodeId, before, after),
      onChange: (change) => this.#changes.emit(change),
    });
    this.#ownSubnet = new OwnSubnet(subnets, (nodeId) => this.#table.entry(nodeId));
    this.#timer = new ExpiryTimer(clock, () => void this.gc());
  }

  /** Tells of every change of what can be found, after it happened; of what expired, by {@link gc}. */
  get onChange(): Listen<CapabilityChange> {
    return this.#changes.on;
  }

  /**
   * Whether an announcement would replace what is known of its node: a newer one, or a copy of the
   * same that comes with far less age, which is not signed.
   */
  isNewer(candidate: NewerCandidate): boolean {
    const { nodeId, version, body } = candidate;
    const known = this.#table.newest(nodeId);
    if (known === undefined) return true;
    if (version !== known.version) return version > known.version;
    // Two processes with one key may sign the same version: every node must prefer the same one.
    const order = compareBytes(body, unpackSigned(known.signed).body);
    return order > 0 || (order === 0 && isBetterCopy(candidate, known, this.#clock.now()));
  }

  /** The newest version known of a node, also of one that is gone. */
  versionOf(nodeId: NodeId): number | undefined {
    return this.#table.newest(nodeId)?.version;
  }

  /** Takes in a verified announcement, received from the neighbour `via`. */
  apply(announcement: Announcement, { via }: { readonly via?: NodeId } = {}): ApplyOutcome {
    const outcome = this.#apply(announcement, via);
    this.#outcomes[outcome]++;
    this.#setTimer();
    return outcome;
  }

  /**
   * Stops finding a node's entry, because the node failed; it is kept, and found again by
   * {@link unhide} or when another process announces itself under the same id.
   */
  hide(nodeId: NodeId): void {
    this.#table.hide(nodeId);
  }

  /** Takes {@link hide} back. */
  unhide(nodeId: NodeId): void {
    this.#table.unhide(nodeId);
  }

  isHidden(nodeId: NodeId): boolean {
    return this.#table.isHidden(nodeId);
  }

  /**
   * The entries that are as asked, neither hidden nor expired, ordered by node id; this node's own
   * may be among them. The answer to a question about one tag or none is the same array until it
   * changes.
   *
   * @throws TypeError for a property that a query does not have, or of the wrong type.
   * @throws RangeError for a size that is negative or not finite, or a predicate that is too large.
   */
  find(query: CapabilityQuery = {}): readonly CapabilityEntry[] {
    this.#queries++;
    return this.#table.select(prepareQuery(query, () => this.#ownSubnet.test()));
  }

  /**
   * The entry with the highest score of those that {@link find} would give; of equal ones that of
   * the lowest node id. The score is 1, and for each preference its weight times the share of what
   * would be enough.
   *
   * @throws TypeError and RangeError as {@link find}, and for weights that are no finite numbers.
   */
  findBest(requirement: CapabilityRequirement = {}): CapabilityEntry | undefined {
    const scoreOf = compileScore(requirement);
    const { tags, filter, where, scope } = requirement;
    let best: CapabilityEntry | undefined;
    let highest = 0;
    for (const entry of this.find({ tags, filter, where, scope })) {
      const score = scoreOf(entry.capabilities);
      if (score > highest) [best, highest] = [entry, score];
    }
    return best;
  }

  /**
   * A live query: first `added` for every entry that {@link find} gives when reading begins, then
   * `ready`, then what changes, also by expiry and on time. Applying all events gives what
   * {@link find} would. A reader that falls behind gets the last state of each node, and nothing
   * that was over before it came to read it. Ends when the reader stops, the signal aborts or the
   * index is disposed of. Can be iterated once.
   *
   * @throws TypeError and RangeError as {@link find}.
   * @throws {@link CapabilityError} with kind `too-many-watchers`.
   */
  watch(
    query: CapabilityQuery = {},
    { signal }: WatchOptions = {},
  ): AsyncIterable<CapabilityWatchEvent> {
    // Who is in our subnet is asked each time anew: it changes with what this node announces.
    const prepared = prepareQuery(query, () => (entry) => this.#ownSubnet.test()(entry));
    if (this.#watchers.size >= this.#maxWatchers) {
      throw new CapabilityError(
        "too-many-watchers",
        `there are at most ${this.#maxWatchers} live queries at a time`,
      );
    }
    const subscriptions: Disposable[] = [];
    const watcher = new Watcher({
      current: (nodeId) => this.#table.selectOne(nodeId, prepared),
      find: () => this.#table.select(prepared),
      onEnd: () => {
        for (const subscription of subscriptions) subscription[Symbol.dispose]();
        this.#setTimer();
      },
    });
    subscriptions.push(this.#watchers.add(watcher, prepared));
    subscriptions.push(onAbort(signal, () => watcher.end()));
    if (this.#isClosed) watcher.end();
    this.#setTimer();
    return watcher;
  }

  /** The entry of a node, also while it is hidden. */
  get(nodeId: NodeId): CapabilityEntry | undefined {
    return this.#table.entry(nodeId);
  }

  /** What a node that knows nothing must be told: what holds, and what was withdrawn. */
  entries(): StoredAnnouncement[] {
    return this.#table.allStored();
  }

  /** The announcement to pass on for one node, as {@link entries} would give it. */
  stored(nodeId: NodeId): StoredAnnouncement | undefined {
    return this.#table.stored(nodeId);
  }

  /**
   * The same, even if it holds no more, as long as its version is remembered: what the node must
   * outdo if it comes back, and therefore be told.
   */
  remembered(nodeId: NodeId): StoredAnnouncement | undefined {
    return this.#table.remembered(nodeId);
  }

  /** Eight bytes that are equal at two nodes if their {@link entries} say the same. A copy. */
  digest(): Uint8Array {
    return this.#table.digest();
  }

  /** Frees what expired, and tells listeners; returns how many entries did. */
  gc(): number {
    const collected = this.#table.collect();
    this.#setTimer();
    return collected;
  }

  stats(): CapabilityIndexStats {
    return {
      ...this.#table.stats(),
      watchers: this.#watchers.size,
      queries: this.#queries,
      outcomes: { ...this.#outcomes },
    };
  }

  /** Ends all live queries. What is known can still be asked for. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#watchers.end();
  }

  #apply(announcement: Announcement, via: NodeId | undefined): ApplyOutcome {
    if (this.#table.isTaken(announcement)) return "conflict";
    if (!this.isNewer(announcement)) return "stale";
    return this.#table.apply(announcement, via);
  }

  #touch(
    nodeId: NodeId,
    before: CapabilityEntry | undefined,
    after: CapabilityEntry | undefined,
  ): void {
    if (this.#watchers.size === 0) return;
    this.#watchers.changed(nodeId, before, after);
    if (this.#ownSubnet.dependsOn(nodeId)) this.#watchers.subnetChanged();
  }

  /** Only live queries have to hear of expiry on time. */
  #setTimer(): void {
    this.#timer.set(this.#watchers.size === 0 ? undefined : this.#table.nextExpiry);
  }
}

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} must be a whole number of at least 1, got ${value}`);
}
