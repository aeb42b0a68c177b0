import type { NodeId } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import type { Directory } from "./directory.ts";

/** The process that runs at a node now, as far as is known. */
export type BootIdOf = (nodeId: NodeId) => string | undefined;

/** What a session proves counts before what was announced. */
export function bootIdsOf(
  transport: Pick<Transport, "peer">,
  directory: Pick<Directory, "bootIdOf">,
): BootIdOf {
  return (nodeId) => transport.peer(nodeId)?.bootId ?? directory.bootIdOf(nodeId);
}

/** Whether another process runs there now than the one that is remembered. */
export function isReplaced(remembered: string | undefined, present: string | undefined): boolean {
  return remembered !== undefined && present !== undefined && remembered !== present;
}
