import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import { type Announcement, lifetimeMs } from "../announcement/announcement.ts";
import type { CapabilityEntry } from "./entry.ts";
import { packSigned, unpackSigned } from "./signed-bytes.ts";
import type { HeapItem } from "./time-heap.ts";

/**
 * All that is known of one node. One object for as long as the node is known: nodes announce
 * themselves again and again, and there are many of them.
 */
export interface Known extends HeapItem {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  version: number;
  tombstone: boolean;
  /** See {@link packSigned}. */
  signed: Uint8Array;
  hopCount: number;
  via: NodeId | undefined;
  /** When the announcement was signed, by our monotonic clock, as far as its holders told the truth. */
  signedAt: number;
  /** When it came here first, by the same clock: it was not signed after that. */
  arrivedAt: number;
  /** When it stops to be told, and an entry to be found, by the same clock. */
  expiresAt: number;
  /** Whether that time is yet to come, as far as anybody has looked. */
  holds: boolean;
  /** What is found; `undefined` once withdrawn, or expired and listeners told. */
  entry: CapabilityEntry | undefined;
}

/**
 * An announcement as it is passed on: the received bytes, which are views of what the index keeps,
 * and the age they have reached here.
 */
export interface StoredAnnouncement {
  readonly nodeId: NodeId;
  readonly version: number;
  readonly tombstone: boolean;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** Eight bytes that stand for the body when two tables are compared. */
  readonly digest: Uint8Array;
  /** As received; who passes it on adds one. */
  readonly hopCount: number;
  readonly ageMs: number;
  /** The neighbour it came from; `undefined` for what was applied without one. */
  readonly via: NodeId | undefined;
}

/** When an announcement was signed and when it came here first, by our monotonic clock. */
export type Timing = Pick<Known, "signedAt" | "arrivedAt">;

/** What an announcement makes known; `entry` is what is found of it. */
export function toKnown(
  announcement: Announcement,
  via: NodeId | undefined,
  { signedAt, arrivedAt }: Timing,
  entry: CapabilityEntry | undefined,
): Known {
  const { nodeId, entityId, version, tombstone, hopCount } = announcement;
  return {
    nodeId,
    entityId,
    version,
    tombstone,
    signed: packSigned(announcement),
    hopCount,
    via,
    signedAt,
    arrivedAt,
    expiresAt: signedAt + lifetimeMs(announcement),
    holds: true,
    entry,
    slot: -1,
  };
}

/** What is told of a node at this moment. */
export function toStored(known: Known, now: number): StoredAnnouncement {
  const { nodeId, version, tombstone, signed, hopCount, via, signedAt } = known;
  const ageMs = now - signedAt;
  return { nodeId, version, tombstone, ...unpackSigned(signed), hopCount, ageMs, via };
}
