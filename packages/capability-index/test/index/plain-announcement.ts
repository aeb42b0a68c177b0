import { parseNodeId, type NodeId } from "@selvage/core";
import { parseEntityId } from "@selvage/identity";

import { announcementDigest } from "../../src/announcement/announcement.ts";
import { type Announcement, CapabilitySet } from "../../src/index.ts";
import { bootId } from "../fixtures.ts";

/** What {@link plainAnnouncement} can be told. */
export interface PlainConfig extends Partial<
  Pick<Announcement, "version" | "ttlSeconds" | "tombstone" | "bootId" | "ageMs" | "capabilities">
> {
  readonly tags?: readonly string[];
}

/** An id for a number; ids are not in the order of the numbers. */
export function plainNodeId(n: number): NodeId {
  return parseNodeId(((n * 2_654_435_761) >>> 0).toString(16).padStart(8, "0").repeat(4));
}

/**
 * An announcement as an index sees it after it was verified, without a signature: those who test
 * many of them need not sign any. Version 1 and 300 s unless said otherwise.
 */
export function plainAnnouncement(n: number, config: PlainConfig = {}): Announcement {
  const { version = 1, tags = [], tombstone = false } = config;
  const body = new Uint8Array([n >> 8, n, version >> 8, version, tombstone ? 1 : 0]);
  return {
    nodeId: plainNodeId(n),
    entityId: parseEntityId(new Uint8Array(32).fill(n)),
    bootId: bootId(1),
    version,
    wallMs: 0,
    ttlSeconds: 300,
    tombstone,
    capabilities: CapabilitySet.from({ tags }),
    addresses: [],
    grants: [],
    allowedNodes: [],
    body,
    signature: new Uint8Array(64),
    hopCount: 0,
    ageMs: 0,
    digest: announcementDigest(body),
    ...config,
  };
}
