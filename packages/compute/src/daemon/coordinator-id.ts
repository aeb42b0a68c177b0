import { type NodeId, parseNodeId, toHex, utf8 } from "@selvage/core";

import { checksum, digestLabel } from "../wire/digest.ts";
import type { Term } from "./term.ts";

const COORDINATOR: Uint8Array = digestLabel("selvage-coord-1");
const ID_BYTES = 16;

/**
 * Who gives out terms: one run of a node, not the node. A coordinator that starts anew is somebody
 * else, and so uses no term twice, though it remembers none.
 *
 * @param bootId What tells this run from all others, such as 16 random bytes in hexadecimal.
 */
export function coordinatorIdOf(nodeId: NodeId, bootId: string): Term["coordinator"] {
  const id = checksum(COORDINATOR, utf8(`${nodeId}:${bootId}`));
  return parseNodeId(toHex(id.subarray(0, ID_BYTES)));
}
