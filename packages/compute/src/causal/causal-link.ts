import { ByteReader } from "../wire/byte-reader.ts";
import { type ByteWriter, writeCount } from "../wire/byte-writer.ts";
import { ORIGIN_TAG_BYTES, type OriginTag, originTagOf, writeOriginTag } from "./origin-tag.ts";

/** Length of a link on the wire, in bytes. */
export const CAUSAL_LINK_BYTES = 32;

/** What places an event in the chain of its origin. */
export interface CausalLink {
  /** Whose chain it is. */
  readonly origin: OriginTag;
  /** What the origin had seen of others, in the compact form of a horizon. */
  readonly horizon: bigint;
  /** 0 is the genesis, the first event is 1. */
  readonly sequence: number;
  /** The hash of the event before, see {@link linkHash}; 0 in a genesis. */
  readonly parentHash: bigint;
}

/** A link with what it is about. */
export interface CausalEvent {
  readonly link: CausalLink;
  /** Belongs to the event: nobody writes to it. */
  readonly payload: Uint8Array;
}

/** The 32 bytes of a link: origin, horizon, sequence and parent hash, each in eight little-endian ones. */
export function encodeLink(link: CausalLink): Uint8Array {
  const bytes = new Uint8Array(CAUSAL_LINK_BYTES);
  writeLink(new DataView(bytes.buffer), 0, link);
  return bytes;
}

/** Writes the bytes of a link to where they belong. */
export function writeLink(view: DataView, offset: number, link: CausalLink): void {
  writeOriginTag(view, offset, link.origin);
  view.setBigUint64(offset + 8, link.horizon, true);
  writeCount(view, offset + 16, link.sequence);
  view.setBigUint64(offset + 24, link.parentHash, true);
}

/** Writes the bytes of a link to where the writer is. */
export function writeLinkTo(writer: ByteWriter, link: CausalLink): ByteWriter {
  return writer.fields(CAUSAL_LINK_BYTES, (view, offset) => writeLink(view, offset, link));
}

/**
 * Reads a link from exactly 32 bytes.
 *
 * @throws {@link ComputeError} with kind `bad-link` for another length, and for a sequence that is
 * no safe integer.
 */
export function decodeLink(bytes: Uint8Array): CausalLink {
  const reader = new ByteReader("bad-link", bytes);
  const link = readLink(reader);
  reader.end();
  return link;
}

/** Reads a link from where the reader is. */
export function readLink(reader: ByteReader): CausalLink {
  return {
    origin: originTagOf(reader.bytes(ORIGIN_TAG_BYTES)),
    horizon: reader.u64(),
    sequence: reader.count("sequence"),
    parentHash: reader.u64(),
  };
}

/** Whether a link has the form of a genesis: sequence 0 and no parent. */
export function isGenesis({ sequence, parentHash }: CausalLink): boolean {
  return sequence === 0 && parentHash === 0n;
}
