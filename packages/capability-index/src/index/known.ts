import type { NodeId } from "@selvage/core";

import { type Announcement, lifetimeMs } from "../announcement/announcement.ts";
import type { IndexedEntry } from "./entry.ts";

/** All that is known of one node. */
export interface Known {
  readonly announcement: Announcement;
  readonly via: NodeId | undefined;
  /** When the announcement was signed, by our monotonic clock. */
  readonly signedAt: number;
  /** `undefined` once withdrawn or expired: then only the version is remembered. */
  indexed: IndexedEntry | undefined;
}

/** An announcement as it is passed on: the received bytes and the age they have reached here. */
export interface StoredAnnouncement {
  readonly nodeId: NodeId;
  readonly version: number;
  readonly tombstone: boolean;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** As received; who passes it on adds one. */
  readonly hopCount: number;
  readonly ageMs: number;
  /** The neighbour it came from; `undefined` for what was applied without one. */
  readonly via: NodeId | undefined;
}

/** Expired entries are kept as a lower bound for versions only, and told to nobody. */
export function isWorthTelling({ announcement, signedAt }: Known, now: number): boolean {
  return now - signedAt < lifetimeMs(announcement);
}

/** What is told of a node at this moment. */
export function toStored({ announcement, via, signedAt }: Known, now: number): StoredAnnouncement {
  const { nodeId, version, tombstone, body, signature, hopCount } = announcement;
  return { nodeId, version, tombstone, body, signature, hopCount, ageMs: now - signedAt, via };
}
