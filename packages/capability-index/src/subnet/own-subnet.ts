import type { NodeId } from "@selvage/core";

import type { CapabilityEntry } from "../index/entry.ts";
import { isSameSubnet } from "./same-subnet.ts";
import type { SubnetId } from "./subnet-id.ts";
import type { SubnetPolicy } from "./subnet-policy.ts";

/** What an index has to know to tell whose subnet is ours. */
export interface SubnetConfig {
  /** This node, which is in its own subnet whatever it announces. */
  readonly nodeId: NodeId;
  /** Default none: then nobody else's subnet is known. */
  readonly policy?: SubnetPolicy | undefined;
  /** The subnet of this node; default what the policy makes of its own announcement. */
  readonly subnet?: SubnetId | undefined;
}

/** Whose subnet is ours, as far as an index knows. */
export class OwnSubnet {
  readonly #config: SubnetConfig | undefined;
  readonly #entryOf: (nodeId: NodeId) => CapabilityEntry | undefined;

  constructor(
    config: SubnetConfig | undefined,
    entryOf: (nodeId: NodeId) => CapabilityEntry | undefined,
  ) {
    this.#config = config;
    this.#entryOf = entryOf;
  }

  /** Whether this node's own announcement decides about others. */
  dependsOn(nodeId: NodeId): boolean {
    return this.#config?.nodeId === nodeId;
  }

  /** Tells who is in our subnet now. */
  test(): (candidate: CapabilityEntry) => boolean {
    if (this.#config === undefined) return () => false;
    const { nodeId, policy, subnet } = this.#config;
    const self = this.#entryOf(nodeId);
    const own = subnet ?? (self && policy?.assign(self.capabilities));
    return (candidate) =>
      candidate.nodeId === nodeId ||
      isSameSubnet(own, policy?.assign(candidate.capabilities), policy !== undefined);
  }
}
