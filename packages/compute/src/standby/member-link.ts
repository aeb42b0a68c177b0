import type { Term } from "../daemon/term.ts";
import type { MemberHost } from "../hosting/member-host.ts";
import type { MemberRef } from "../hosting/member-ref.ts";
import { decodeHeld, encodeCheckpoint, encodeInstall, encodeStore } from "./message-codec.ts";
import type { ReplicaLink } from "./replica.ts";
import type { HeldAnswer, MemberPlace } from "./standby-messages.ts";

/** How the active of a term reaches another member through the hosts. */
export function memberLink(
  hosts: MemberHost,
  from: MemberRef,
  term: Term,
  { slot, incarnation, nodeId }: MemberPlace,
): ReplicaLink {
  const send = async (
    kind: string,
    payload: Uint8Array,
    deadlineMs: number,
  ): Promise<HeldAnswer> => {
    const message = { group: from.group, slot, incarnation, kind, term, from, payload };
    return decodeHeld(await hosts.send(nodeId, message, { deadlineMs }));
  };
  return {
    install: (message, deadlineMs) => send("install", encodeInstall(message), deadlineMs),
    store: (message, deadlineMs) => send("store", encodeStore(message), deadlineMs),
    checkpoint: (message, deadlineMs) => send("checkpoint", encodeCheckpoint(message), deadlineMs),
  };
}
