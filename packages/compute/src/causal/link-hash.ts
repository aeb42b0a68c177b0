import { fromHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { ByteWriter } from "../wire/byte-writer.ts";
import { digestLabel, shortDigest, shortDigestOf } from "../wire/digest.ts";
import { CAUSAL_LINK_BYTES, type CausalEvent, writeLink } from "./causal-link.ts";

const LINK: Uint8Array = digestLabel("selvage-link-1");
const FORK: Uint8Array = digestLabel("selvage-fork-1");
const SYNC: Uint8Array = digestLabel("selvage-sync-1");

/** Where the payload begins in what is hashed. */
const PAYLOAD_AT: number = LINK.length + CAUSAL_LINK_BYTES;
/** Up to this length, what is hashed is put together in the same place each time. */
const SCRATCH_BYTES = 4_096;

interface Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const scratch: Input = inputOf(SCRATCH_BYTES);

/**
 * What the next event names as its parent: the first eight bytes of BLAKE2s over a label, link and
 * payload. It shows that nothing was lost, swapped or altered on the way; who said it is shown by
 * the session or signature it came with.
 */
export function linkHash({ link, payload }: CausalEvent): bigint {
  const length = PAYLOAD_AT + payload.length;
  // In one piece, and mostly in the same one again: this is done for every output.
  const { bytes, view } = length <= SCRATCH_BYTES ? scratch : inputOf(length);
  writeLink(view, LINK.length, link);
  bytes.set(payload, PAYLOAD_AT);
  return shortDigestOf(bytes.subarray(0, length));
}

/**
 * The parent hash in the genesis of a fork: it says of whom and at which sequence it was forked,
 * and everybody who knows those can check it.
 */
export function forkSentinel(parent: OriginHash, forkSequence: number): bigint {
  return shortDigest(FORK, fromHex(parent), new ByteWriter().count(forkSequence).finish());
}

/**
 * The parent hash of the first event after a daemon took over the state of another one, in its own
 * chain: what was before is not what led to this event.
 */
export function syncSentinel(source: OriginHash, throughDelivery: number): bigint {
  return shortDigest(SYNC, fromHex(source), new ByteWriter().count(throughDelivery).finish());
}

/** Room for a label, which is there already, a link and a payload. */
function inputOf(length: number): Input {
  const bytes = new Uint8Array(length);
  bytes.set(LINK);
  return { bytes, view: new DataView(bytes.buffer) };
}
