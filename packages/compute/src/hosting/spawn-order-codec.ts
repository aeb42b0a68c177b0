import { fromHex } from "@selvage/core";
import { SEED_BYTES } from "@selvage/identity";

import { decodeSpawnOrderBody, encodeSpawnOrderBody } from "../wire/hosting.gen.ts";
import type { SpawnOrder } from "./spawn-order.ts";
import { bytesField, decodeAs, originField, required, wholeField } from "./wire-fields.ts";

/** A spawn order as the payload of a command. */
export function encodeSpawnOrder(order: SpawnOrder): Uint8Array {
  const { fork } = order;
  return encodeSpawnOrderBody({
    ...order,
    fork: fork && { parent: fromHex(fork.parent), sequence: fork.sequence },
  });
}

/**
 * Reads what {@link encodeSpawnOrder} wrote. Limits of the daemon are checked by whoever makes its
 * host.
 *
 * @throws {@link ComputeError} with kind `bad-command`.
 */
export function decodeSpawnOrder(payload: Uint8Array): SpawnOrder {
  const fields = decodeAs("a spawn order", payload, decodeSpawnOrderBody);
  const { program, kind, seed, fork, hostConfig, config } = fields;
  return {
    program,
    kind,
    seed: bytesField("seed", seed, SEED_BYTES),
    fork: fork && {
      parent: originField("parent", fork.parent),
      sequence: wholeField("sequence", fork.sequence),
    },
    hostConfig: required("hostConfig", hostConfig),
    config,
  };
}
