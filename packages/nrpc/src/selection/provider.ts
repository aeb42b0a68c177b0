import type { CapabilitySet } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import type { ServiceOffer } from "../service-tags.ts";

/** A node that says it serves a service. */
export interface Provider {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  readonly bootId: string;
  /** Where it can be dialled. */
  readonly addresses: readonly string[];
  /** Everything that it announced. */
  readonly capabilities: CapabilitySet;
  readonly offer: ServiceOffer;
}
