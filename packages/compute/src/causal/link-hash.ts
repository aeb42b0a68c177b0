import { fromHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { ByteWriter } from "../wire/byte-writer.ts";
import { digestLabel, shortDigest, shortDigestOf } from "../wire/digest.ts";
import { CAUSAL_LINK_BYTES, type CausalEvent, writeLink } from "./causal-link.ts";

const LINK: Uint8Array = digestLabel("selvage-link-1");
const FORK: Uint8Array = digestLabel("selvage-fork-1");
const SYNC: Uint8Array = digestLabel("selvage-sync-1");

/**
 * What the next event names as its parent: the first eight bytes of BLAKE2s over a label, link and
 * payload. It shows that nothing was lost, swapped or altered on the way; who said it is shown by
 * the session or signature it came with.
 */
export function linkHash({ link, payload }: CausalEvent): bigint {
  // In one piece from the start: this is done for every output.
  const input = new Uint8Array(LINK.length + CAUSAL_LINK_BYTES + payload.length);
  input.set(LINK);
  writeLink(new DataView(input.buffer), LINK.length, link);
  input.set(payload, LINK.length + CAUSAL_LINK_BYTES);
  return shortDigestOf(input);
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
