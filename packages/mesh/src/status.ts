import type { Announcer, CapabilityChange, CapabilityIndex } from "@selvage/capability-index";
import { AsyncQueue, type NodeId } from "@selvage/core";
import type { CallEvent } from "@selvage/nrpc";
import type { PeerEvent, Transport } from "@selvage/transport";

import { DEFAULT_STATUS_BUFFER } from "./defaults.ts";

/** One thing that happened at a node. */
export type MeshStatus =
  | {
      /** What became of a peer; see `PeerEvent` of the transport. */
      readonly type: `peer-${PeerEvent["type"]}`;
      readonly at: number;
      readonly nodeId: NodeId;
      readonly address: string;
    }
  | {
      /** A node's entry in the index changed. */
      readonly type: "node-added" | "node-updated" | "node-hidden" | "node-unhidden";
      readonly at: number;
      readonly nodeId: NodeId;
      readonly tags: readonly string[];
    }
  | {
      /** A node took back what it said, or did not renew it in time. */
      readonly type: "node-removed";
      readonly cause: "withdrawn" | "expired";
      readonly at: number;
      readonly nodeId: NodeId;
      readonly tags: readonly string[];
    }
  | {
      /** Another live process announces itself with this node's identity. */
      readonly type: "identity-in-use";
      readonly at: number;
      /** This node. */
      readonly nodeId: NodeId;
      /** The process, in hexadecimal. */
      readonly bootId: string;
    }
  | { readonly type: "call"; readonly at: number; readonly call: CallEvent };

/** Where status events come from. */
export interface StatusSources {
  readonly transport: Pick<Transport, "nodeId" | "onPeer">;
  readonly index: CapabilityIndex;
  readonly announcer: Pick<Announcer, "onIdentityInUse">;
  readonly onCall: (listener: (event: CallEvent) => void) => Disposable;
  /** Wall-clock milliseconds. */
  readonly wallNow: () => number;
}

/** A feed of everything that happens from now on; ends when the reader stops or `close` is called. */
export interface StatusFeed extends AsyncIterable<MeshStatus> {
  close(): void;
}

/** Opens a feed. A reader that falls behind loses the oldest events, and nobody waits for it. */
export function openStatusFeed({
  transport,
  index,
  announcer,
  onCall,
  wallNow,
}: StatusSources): StatusFeed {
  const close = (): void => {
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
    queue.close();
  };
  const queue = new AsyncQueue<MeshStatus>({
    capacity: DEFAULT_STATUS_BUFFER,
    overflow: "drop-oldest",
    onReturn: close,
  });
  const subscriptions = [
    transport.onPeer(({ type, peer }) => {
      const { nodeId, address } = peer;
      queue.tryPush({ type: `peer-${type}`, at: wallNow(), nodeId, address });
    }),
    index.onChange((change) => void queue.tryPush(nodeStatus(change, wallNow()))),
    announcer.onIdentityInUse(({ bootId }) => {
      queue.tryPush({ type: "identity-in-use", at: wallNow(), nodeId: transport.nodeId, bootId });
    }),
    onCall((call) => {
      queue.tryPush({ type: "call", at: wallNow(), call });
    }),
  ];
  return { close, [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator]() };
}

function nodeStatus(change: CapabilityChange, at: number): MeshStatus {
  const { nodeId, capabilities } = change.entry;
  const about = { at, nodeId, tags: capabilities.tags };
  return change.type === "removed"
    ? { type: "node-removed", cause: change.cause, ...about }
    : { type: `node-${change.type}`, ...about };
}
