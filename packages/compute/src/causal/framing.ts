import { MAX_FRAME_BYTES } from "../defaults.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { CAUSAL_LINK_BYTES, type CausalEvent, readLink, writeLinkTo } from "./causal-link.ts";

/** What {@link writeEvents} wrote. */
export interface WrittenEvents {
  /** The frames, one behind the other. */
  readonly bytes: Uint8Array;
  readonly eventsWritten: number;
  /** Events too large for a frame, which were left out: a gap that the reader will notice. */
  readonly eventsSkipped: number;
}

/** What {@link readEvents} read. */
export interface ReadEvents {
  readonly events: readonly CausalEvent[];
  /** How far it got; less than the whole length if a frame is malformed or incomplete. */
  readonly bytesRead: number;
}

/**
 * Puts events into frames: the length of the rest in four little-endian bytes, the link, the payload.
 * Payloads are copied.
 *
 * @param maxFrameBytes The largest frame without its length; default {@link MAX_FRAME_BYTES}.
 */
export function writeEvents(
  events: Iterable<CausalEvent>,
  maxFrameBytes: number = MAX_FRAME_BYTES,
): WrittenEvents {
  const frames = new ByteWriter();
  let eventsWritten = 0;
  let eventsSkipped = 0;
  for (const { link, payload } of events) {
    const length = CAUSAL_LINK_BYTES + payload.length;
    if (length > maxFrameBytes) {
      eventsSkipped++;
    } else {
      writeLinkTo(frames.u32(length), link).bytes(payload);
      eventsWritten++;
    }
  }
  return { bytes: frames.finish(), eventsWritten, eventsSkipped };
}

/**
 * Reads frames up to the first that is malformed, oversize or incomplete. Payloads are copied.
 *
 * @param maxFrameBytes The largest frame without its length; default {@link MAX_FRAME_BYTES}.
 */
export function readEvents(bytes: Uint8Array, maxFrameBytes: number = MAX_FRAME_BYTES): ReadEvents {
  const events: CausalEvent[] = [];
  let bytesRead = 0;
  while (bytesRead < bytes.length) {
    const frame = frameAt(bytes.subarray(bytesRead), maxFrameBytes);
    if (frame === undefined) break;
    events.push(frame.event);
    bytesRead += frame.length;
  }
  return { events, bytesRead };
}

function frameAt(
  rest: Uint8Array,
  maxFrameBytes: number,
): { readonly event: CausalEvent; readonly length: number } | undefined {
  const reader = new ByteReader("bad-link", rest);
  if (reader.remaining < 4) return undefined;
  const length = reader.u32();
  if (length < CAUSAL_LINK_BYTES || length > maxFrameBytes) return undefined;
  if (length > reader.remaining) return undefined;
  const body = new ByteReader("bad-link", reader.bytes(length));
  try {
    const link = readLink(body);
    return { event: { link, payload: body.bytes(body.remaining).slice() }, length: 4 + length };
  } catch {
    // A sequence beyond the safe integers: malformed as well.
    return undefined;
  }
}
