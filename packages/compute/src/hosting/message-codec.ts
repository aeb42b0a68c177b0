import { decodeMessageHeader, encodeMessageHeader } from "../wire/hosting.gen.ts";
import { groupKeyOf } from "./group-id.ts";
import type { MemberMessage } from "./member-host.ts";
import { decodeAs, groupField, slotField, termBody, termField, wholeField } from "./wire-fields.ts";

/** A message, but for its payload if that follows. */
export interface MessageHead {
  readonly message: MemberMessage;
  /** How much payload follows, in bytes; 0 if the message is whole. */
  readonly follows: number;
}

/** A message; or, if its payload is to follow, what goes before it. */
export function encodeMessage(message: MemberMessage, isWhole: boolean): Uint8Array {
  const { kind, group, slot, incarnation, term, from, payload } = message;
  return encodeMessageHeader({
    kind,
    group: groupKeyOf(group),
    slot,
    incarnation,
    term: termBody(term),
    fromSlot: from.slot,
    fromIncarnation: from.incarnation,
    payload: isWhole ? payload : new Uint8Array(),
    payloadBytes: isWhole ? 0 : payload.length,
  });
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeMessage(bytes: Uint8Array): MessageHead {
  const fields = decodeAs("a message", bytes, decodeMessageHeader);
  const message: MemberMessage = {
    kind: fields.kind,
    group: groupField(fields.group),
    slot: slotField(fields.slot),
    incarnation: wholeField("incarnation", fields.incarnation, 1),
    term: termField(fields.term),
    from: {
      slot: slotField(fields.fromSlot),
      incarnation: wholeField("fromIncarnation", fields.fromIncarnation, 1),
    },
    payload: fields.payload,
  };
  return { message, follows: wholeField("payloadBytes", fields.payloadBytes) };
}
