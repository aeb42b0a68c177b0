import type { CapabilityFilter, CapabilitySet } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";

import type { MeshDaemon } from "../daemon/mesh-daemon.ts";

/** What is to be placed, and where it must not go. */
export interface PlacementRequest {
  /** What a node must have; default anything. */
  readonly requirements?: CapabilityFilter | undefined;
  /** Tags that a node must have, too; default none. */
  readonly required?: CapabilitySet | undefined;
  /** Tags that would be welcome; default none. */
  readonly optional?: CapabilitySet | undefined;
  /** Nodes that must not be chosen: failed, draining, or with a member of the same group. */
  readonly exclude?: Iterable<NodeId> | undefined;
  /** Whether this node is chosen wherever it can be; default `true`. */
  readonly preferLocal?: boolean | undefined;
  /** Whether this node must not be chosen because it is being emptied; default `false`. */
  readonly localDrained?: boolean | undefined;
  /** The node to choose, whatever speaks against it. */
  readonly pin?: NodeId | undefined;
}

/** What a daemon asks of its node. */
export function requestFor(daemon: MeshDaemon): PlacementRequest {
  return {
    requirements: daemon.requirements(),
    required: daemon.requiredCapabilities?.(),
    optional: daemon.optionalCapabilities?.(),
  };
}
