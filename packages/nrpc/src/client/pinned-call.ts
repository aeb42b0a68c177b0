import type { NodeId } from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import type { MovableAttempts } from "./movable-attempts.ts";
import type { OutgoingCall } from "./outgoing-call.ts";
import type { Reply } from "./reply.ts";

/** What calls to one node work with. */
export interface PinnedCallParts {
  readonly transport: Transport;
  /** Dialable addresses of a node; `undefined` if it is not known. */
  readonly addressesOf: (nodeId: NodeId) => readonly string[] | undefined;
  readonly attempts: MovableAttempts;
}

/**
 * Makes a call at one node, with or without a session so far: one attempt, which never leaves it.
 *
 * @throws {@link RpcError}; the signal's reason when it aborted.
 */
export async function callPinned(
  parts: PinnedCallParts,
  nodeId: NodeId,
  call: OutgoingCall,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const peer = parts.transport.peer(nodeId) ?? (await reach(parts, nodeId, call, signal));
  if (call.remainingMs() <= 0) throw unreached(nodeId, call);
  return await parts.attempts.run(peer, call, {
    signal,
    timeoutMs: Number.POSITIVE_INFINITY,
    action: "first",
    alternatives: undefined,
  });
}

async function reach(
  { transport, addressesOf }: PinnedCallParts,
  nodeId: NodeId,
  call: OutgoingCall,
  signal: AbortSignal | undefined,
): Promise<Peer> {
  const addresses = addressesOf(nodeId);
  // A node without addresses may still be reached through others.
  for (const address of addresses?.length === 0 ? [undefined] : (addresses ?? [])) {
    const timeoutMs = call.remainingMs();
    if (timeoutMs <= 0) break;
    try {
      return await transport.connect({ address, nodeId }, { signal, timeoutMs });
    } catch {
      signal?.throwIfAborted();
    }
  }
  if (call.remainingMs() <= 0) throw unreached(nodeId, call);
  const text = `node ${nodeId} is not known or cannot be reached`;
  throw new RpcError("no-route", text, { provider: nodeId });
}

const unreached = (nodeId: NodeId, { deadlineMs }: OutgoingCall): RpcError =>
  new RpcError("timeout", `node ${nodeId} was not reached within ${deadlineMs} ms`, {
    provider: nodeId,
  });
