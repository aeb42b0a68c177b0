import { fromHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { ByteWriter } from "../wire/byte-writer.ts";
import { digestLabel, shortDigest } from "../wire/digest.ts";

const RESPAWN: Uint8Array = digestLabel("selvage-respawn1");

/**
 * The parent hash of the first event after a daemon began anew under the same identity, without its
 * old state: sequences start again, and this tells the events of one incarnation from those of
 * another.
 *
 * @param incarnation Which beginning it is; the first one is 1 and has no such parent.
 */
export function respawnSentinel(origin: OriginHash, incarnation: number): bigint {
  return shortDigest(RESPAWN, fromHex(origin), new ByteWriter().count(incarnation).finish());
}
