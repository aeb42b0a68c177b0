import { fromUtf8 } from "@selvage/core";

import { ByteWriter, varintLength } from "../packet/bytes-io.ts";
import { FrameType } from "../packet/frames.ts";

/** The most of a peer's reason that is shown. */
const MAX_REASON_BYTES = 128;

/** Bytes of a CLOSE frame with this reason. */
export function closeFrame(code: number, reason: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + varintLength(code) + varintLength(reason.length) + reason.length);
  const writer = new ByteWriter(out);
  writer.u8(FrameType.close);
  writer.varint(code);
  writer.varint(reason.length);
  writer.raw(reason);
  return out;
}

/** A peer's reason as text; empty if it is none. */
export function readableReason(reason: Uint8Array): string {
  try {
    return fromUtf8(reason.subarray(0, MAX_REASON_BYTES));
  } catch {
    return "";
  }
}
