import { isNodeId, type NodeId } from "@selvage/core";

/** What a relayed path looks like where addresses are expected: `relay:<node id>`. */
const PREFIX = "relay:";

/** The path to a node by way of others, whichever they are at the time. */
export const relayAddress = (nodeId: NodeId): string => PREFIX + nodeId;

/** Whether an address is a path by way of others. */
export const isRelayAddress = (address: string): boolean => address.startsWith(PREFIX);

/** The node at the end of a relayed path; `undefined` for a direct one. */
export function relayedNode(address: string): NodeId | undefined {
  const nodeId = isRelayAddress(address) ? address.slice(PREFIX.length) : "";
  return isNodeId(nodeId) ? nodeId : undefined;
}
