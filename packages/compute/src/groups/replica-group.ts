import { concatBytes, utf8 } from "@selvage/core";
import { defaultProvider, SEED_BYTES } from "@selvage/identity";

import { SOLO_PROGRAM } from "../hosting/solo-member.ts";
import type { SpawnOrder } from "../hosting/spawn-order.ts";
import type { GroupConfig, GroupParts } from "./group-parts.ts";
import { checkMemberCount, MemberGroup } from "./member-group.ts";

const MEMBER_LABEL: Uint8Array = utf8("net-replica-v1");

/** Configuration of a {@link ReplicaGroup}. */
export interface ReplicaGroupConfig extends GroupConfig {
  /** How many members, from 1 to {@link MAX_GROUP_SLOTS}. */
  readonly replicaCount: number;
  /** 32 secret bytes that the identities of members grow from: the same seed, the same members. */
  readonly groupSeed: Uint8Array;
}

/**
 * The secret of a member: BLAKE2s-MAC(key `net-replica-v1`, seed and slot in one byte).
 *
 * @throws RangeError unless the seed has 32 bytes.
 */
export function replicaSeed(groupSeed: Uint8Array, slot: number): Uint8Array {
  if (groupSeed.length !== SEED_BYTES) {
    throw new RangeError(`groupSeed must be ${SEED_BYTES} bytes, got ${groupSeed.length}`);
  }
  const input = concatBytes(groupSeed, new Uint8Array([slot]));
  return defaultProvider().blake2s(input, { key: MEMBER_LABEL });
}

/** Members of one kind that share the work, each with a state of its own. */
export class ReplicaGroup extends MemberGroup {
  private constructor(parts: GroupParts, config: ReplicaGroupConfig) {
    const groupSeed = config.groupSeed.slice();
    super(parts, config, (slot) => replicaOrder(config, replicaSeed(groupSeed, slot)));
  }

  /**
   * Places all members, each on a node of its own if the spread is strict.
   *
   * @throws {@link ComputeError} with kind `placement-failed`: then none is left.
   * @throws RangeError for a configuration that makes no sense.
   */
  static async spawn(parts: GroupParts, config: ReplicaGroupConfig): Promise<ReplicaGroup> {
    const count = checkMemberCount("replicaCount", config.replicaCount);
    replicaSeed(config.groupSeed, 0);
    const group = new ReplicaGroup(parts, config);
    await group.resize(count);
    return group;
  }

  /**
   * Changes how many members there are: the last ones are removed, new ones get nodes of their own.
   *
   * @throws {@link ComputeError} with kind `placement-failed`: then there are as many as before; or
   * `closed`.
   * @throws RangeError for none or too many.
   */
  async scaleTo(replicaCount: number): Promise<void> {
    await this.resize(checkMemberCount("replicaCount", replicaCount));
  }
}

function replicaOrder({ kind, hostConfig = {} }: GroupConfig, seed: Uint8Array): SpawnOrder {
  return {
    program: SOLO_PROGRAM,
    kind,
    seed,
    fork: undefined,
    hostConfig,
    config: new Uint8Array(),
  };
}
