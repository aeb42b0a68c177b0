import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import type { Announcement } from "../announcement/announcement.ts";
import type { CapabilitySet } from "../capabilities/capability-set.ts";

/** What the index says of a node. Immutable; a newer announcement makes a new entry. */
export interface CapabilityEntry {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** The process that announced it, in hexadecimal. */
  readonly bootId: string;
  readonly version: number;
  readonly capabilities: CapabilitySet;
  /** Where the node can be dialled. */
  readonly addresses: readonly string[];
  /** Permission tokens, opaque here. */
  readonly grants: readonly Uint8Array[];
  /** Who may use what is announced; empty: everybody. */
  readonly allowedNodes: readonly NodeId[];
}

/**
 * Whether a node says that another may use what it announces. Its own word: a caller spares itself
 * the way, but only the provider can refuse.
 */
export function mayUse(
  { nodeId, allowedNodes }: Pick<CapabilityEntry, "nodeId" | "allowedNodes">,
  caller: NodeId,
): boolean {
  return allowedNodes.length === 0 || caller === nodeId || allowedNodes.includes(caller);
}

/** The part of an announcement that queries are about. */
export function toEntry(
  announcement: Omit<Announcement, "capabilities">,
  capabilities: CapabilitySet,
): CapabilityEntry {
  const { nodeId, entityId, bootId, version, addresses, grants, allowedNodes } = announcement;
  return Object.freeze({
    nodeId,
    entityId,
    bootId,
    version,
    capabilities,
    addresses,
    grants,
    allowedNodes,
  });
}

/** Orders entries by their node ids. */
export function byNodeId(a: CapabilityEntry, b: CapabilityEntry): number {
  return a.nodeId < b.nodeId ? -1 : 1;
}
