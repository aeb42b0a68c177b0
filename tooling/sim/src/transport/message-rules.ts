import type { SideRecord } from "./ledger.ts";
import { describeMessage, isMessage, readMessageId, type SideName } from "./payload.ts";

/** A message that an end of a stream took, or the end that it saw. */
export interface Taking {
  /** The key of the stream. */
  readonly stream: number;
  readonly side: SideRecord;
  /** Who sends to this end; unknown before its handler heard a word. */
  readonly sender: SideRecord | undefined;
  readonly message: Uint8Array | undefined;
}

/** What is wrong with a taking of a reliable stream: all must come, once and in order. */
export function faultOfReliable({ stream, side, sender, message }: Taking): string | undefined {
  const index = side.taken;
  const length = sender?.accepted[index];
  if (message === undefined) {
    if (sender?.hasEnded === true && length === undefined) return undefined;
    return `ended for the ${side.name} after ${index} of ${sender?.accepted.length} messages`;
  }
  const id = { stream, side: senderOf(side), index };
  if (length !== undefined && isMessage(message, id, length)) return undefined;
  return `gave the ${side.name} ${describeMessage(message)} in place of message ${index} (${length} bytes)`;
}

/** What is wrong with one of a fire-and-forget stream: any may come, in any order, but once. */
export function faultOfLoose({ stream, side, sender, message }: Taking): string | undefined {
  if (message === undefined) {
    // A handler that heard no word ends without being known.
    if (sender === undefined || sender.hasEnded) return undefined;
    return `ended for the ${side.name} before its time`;
  }
  const { index = -1 } = readMessageId(message) ?? {};
  const length = sender?.accepted[index];
  const id = { stream, side: senderOf(side), index };
  if (length === undefined || !isMessage(message, id, length)) {
    return `gave the ${side.name} ${describeMessage(message)}`;
  }
  if (side.seen.has(index)) return `gave the ${side.name} message ${index} once more`;
  side.seen.add(index);
  return undefined;
}

const senderOf = ({ name }: SideRecord): SideName => (name === "opener" ? "handler" : "opener");
