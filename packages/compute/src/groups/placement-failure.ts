import type { NodeId } from "@selvage/core";

/** Something that went wrong while a group looked after its members. */
export interface GroupFailure {
  /** The wall time, in milliseconds. */
  readonly atMs: number;
  readonly slot: number | undefined;
  readonly nodeId: NodeId | undefined;
  readonly error: unknown;
}
