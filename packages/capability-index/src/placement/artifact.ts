import { assertNever } from "@selvage/core";

import type { CapabilitySet } from "../capabilities/capability-set.ts";

/** What is to be placed on a node. */
export type Artifact =
  /** A program, with what a node must have for it, and what would be welcome. */
  | {
      readonly kind: "daemon";
      readonly required: CapabilitySet;
      readonly optional?: CapabilitySet | undefined;
    }
  /** A causal chain, or a further copy of one. */
  | { readonly kind: "chain" | "replica"; readonly capabilities: CapabilitySet }
  /** Bytes, named by their hash. */
  | { readonly kind: "blob"; readonly hash: string; readonly sizeBytes: number };

/** What an artifact says under a metadata key; of a daemon, first what it requires. */
export function hintOf(artifact: Artifact, key: string): string | undefined {
  switch (artifact.kind) {
    case "daemon":
      return artifact.required.metadata.get(key) ?? artifact.optional?.metadata.get(key);
    case "chain":
    case "replica":
      return artifact.capabilities.metadata.get(key);
    case "blob":
      return undefined;
    default:
      return assertNever(artifact);
  }
}
