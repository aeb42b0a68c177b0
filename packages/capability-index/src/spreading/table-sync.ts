import { type Clock, equalBytes, fromHex, type NodeId, TokenBucket } from "@selvage/core";

import type { CapabilityIndex } from "../index/capability-index.ts";
import type { FeedMessage, TableOutline, TableRange } from "../wire/feed.gen.ts";
import { DIGEST_INTERVAL_MS } from "./pace.ts";
import { compareRange, readNodeId, readRange, writeRange } from "./table-range.ts";
import { isOutline, TableSnapshot } from "./table-snapshot.ts";

/** Digests in a row that must differ before a sync starts; the difference may be on its way. */
const MISMATCHES = 2;
/** A sync that found nothing to tell doubles that number, up to this one. */
const MAX_MISMATCHES = 16;
/** How long ranges are taken after they were asked for, in milliseconds. */
const ANSWER_MS = 10_000;
/** Ranges taken as the answer to one outline: one per part, and what large parts are split into. */
const MAX_RANGES = 1_024;
/** Outlines answered at once, and per second: each costs a walk over the table. */
const OUTLINE_BURST = 4;
const OUTLINES_PER_SECOND = 1;

/** What a {@link TableSync} works with. */
export interface TableSyncParts {
  readonly index: CapabilityIndex;
  readonly clock: Clock;
  /** Of two neighbours one starts later, so that not both do the same work. */
  readonly isPatient: boolean;
  /** Sends a message to the neighbour, behind those that wait. */
  say(message: Partial<FeedMessage>): void;
  /** Whether messages wait. */
  isBehind(): boolean;
  /** Tells the neighbour what is known of a node. */
  push(nodeId: NodeId): void;
}

/** What we asked for. */
interface Question {
  readonly table: TableSnapshot;
  readonly until: number;
  rangesLeft: number;
}

/**
 * Keeps the tables of two neighbours equal: compares digests now and then, and when they stay
 * different, finds out where by digests of parts (a hash tree of one level, after the anti-entropy
 * of Dynamo, DeCandia et al. 2007, §4.7) and exchanges what is newer there. News travel by
 * themselves; this repairs what was lost, and brings a newcomer up to date.
 */
export class TableSync {
  readonly #parts: TableSyncParts;
  readonly #outlines: TokenBucket;
  #mismatches = 0;
  #patience: number;
  #question: Question | undefined;
  #lastStart = Number.NEGATIVE_INFINITY;
  /** How many node ids the neighbour may ask for: we listed as many. */
  #listed = 0;
  #started = 0;
  #refused = 0;

  constructor(parts: TableSyncParts) {
    this.#parts = parts;
    this.#patience = this.#leastPatience;
    this.#outlines = new TokenBucket(OUTLINE_BURST, OUTLINES_PER_SECOND, () => parts.clock.now());
  }

  /** Syncs started by us. */
  get started(): number {
    return this.#started;
  }

  /** What the neighbour sent unasked, or too often. */
  get refused(): number {
    return this.#refused;
  }

  /** Asks what the neighbour holds that we do not, and the other way round. */
  start(): void {
    const { clock, index, say } = this.#parts;
    const now = clock.now();
    const table = new TableSnapshot(index.entries());
    this.#started++;
    this.#lastStart = now;
    this.#mismatches = 0;
    this.#patience = Math.min(MAX_MISMATCHES, 2 * this.#patience);
    this.#question = { table, until: now + ANSWER_MS, rangesLeft: MAX_RANGES };
    say({ outline: table.outline() });
  }

  /** Says what we hold, in eight bytes. */
  sayDigest(): void {
    if (this.#question !== undefined && this.#parts.clock.now() >= this.#question.until) {
      this.#question = undefined;
    }
    // Behind others it would tell of differences that those will mend.
    if (!this.#parts.isBehind()) this.#parts.say({ tableDigest: this.#parts.index.digest() });
  }

  onDigest(digest: Uint8Array): void {
    if (equalBytes(digest, this.#parts.index.digest())) {
      this.#mismatches = 0;
      this.#patience = this.#leastPatience;
      return;
    }
    this.#mismatches++;
    const isSoon = this.#parts.clock.now() - this.#lastStart < DIGEST_INTERVAL_MS;
    if (this.#mismatches >= this.#patience && !isSoon) this.start();
  }

  onOutline(outline: TableOutline): void {
    const { index, isBehind, push, say } = this.#parts;
    if (!isOutline(outline) || isBehind() || !this.#outlines.take()) {
      this.#refused++;
      return;
    }
    this.#listed = 0;
    for (const part of new TableSnapshot(index.entries()).differing(outline)) {
      // Who has nothing there lacks it all; a newcomer gets nearly everything that way.
      if (part.isEmptyThere) for (const { nodeId } of part.items) push(nodeId);
      else {
        this.#listed += part.items.length;
        for (const range of writeRange(part.items, part.range)) say({ range });
      }
    }
  }

  onRange(received: TableRange): void {
    const { clock, index, push, say } = this.#parts;
    const question = this.#question;
    const read = readRange(received);
    const isAsked = question !== undefined && clock.now() < question.until;
    if (read === undefined || !isAsked || question.rangesLeft === 0) {
      this.#refused++;
      return;
    }
    question.rangesLeft--;
    const difference = compareRange(question.table.within(read.range), read.items);
    for (const nodeId of difference.push) push(nodeId);
    // What expired here is held no more; but if the other still holds it, we may have been told a
    // wrong age.
    const foreign = difference.foreign.filter(
      ({ nodeId, version }) =>
        version > (index.versionOf(nodeId) ?? 0) ||
        (version === index.versionOf(nodeId) && index.stored(nodeId) === undefined),
    );
    const wanted = [...difference.want, ...foreign.map(({ nodeId }) => nodeId)];
    if (wanted.length > 0) say({ wanted: wanted.map((nodeId) => fromHex(nodeId)) });
    // Something was found: the next difference need not wait long.
    if (wanted.length + difference.push.length > 0) this.#patience = this.#leastPatience;
  }

  onWanted(wanted: readonly Uint8Array[]): void {
    for (const bytes of wanted) {
      const nodeId = readNodeId(bytes);
      if (nodeId === undefined || this.#listed === 0) {
        this.#refused++;
        return;
      }
      this.#listed--;
      this.#parts.push(nodeId);
    }
  }

  get #leastPatience(): number {
    return this.#parts.isPatient ? MISMATCHES + 1 : MISMATCHES;
  }
}
