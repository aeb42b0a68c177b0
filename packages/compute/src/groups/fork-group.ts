import { type Entropy, systemEntropy } from "@selvage/core";
import { Identity, type OriginHash } from "@selvage/identity";

import { CausalChain } from "../causal/causal-chain.ts";
import { isComputeError } from "../errors.ts";
import { SOLO_PROGRAM } from "../hosting/solo-member.ts";
import { type ForkRecord, verifyForkRecord } from "./fork-record.ts";
import type { GroupConfig, GroupParts } from "./group-parts.ts";
import { checkMemberCount, MemberGroup } from "./member-group.ts";

/** The parts of a {@link ForkGroup}. */
export interface ForkGroupParts extends GroupParts {
  /** What the secrets of forks are made of; default the operating system. */
  readonly entropy?: Entropy | undefined;
}

/** Configuration of a {@link ForkGroup}. */
export interface ForkGroupConfig extends GroupConfig {
  /** How many forks, from 1 to {@link MAX_GROUP_SLOTS}. */
  readonly forkCount: number;
  /** Who is forked. It need not be there, and does not notice. */
  readonly parent: OriginHash;
  /** The event of the parent's chain behind which it is forked. */
  readonly forkSequence: number;
}

/** A fork, as long as the group is there: also when it has no node. */
interface Fork {
  readonly identity: Identity;
  readonly record: ForkRecord;
}

/** Members that go their own ways from one event of another daemon on, each as somebody new. */
export class ForkGroup extends MemberGroup {
  /** By slot. */
  readonly #forks: Fork[];

  private constructor(
    { entropy = systemEntropy, ...parts }: ForkGroupParts,
    config: ForkGroupConfig,
  ) {
    const { parent, forkSequence, kind, hostConfig = {} } = config;
    const forks: Fork[] = [];
    const forkAt = (slot: number): Fork => {
      forks[slot] ??= newFork(parent, forkSequence, entropy);
      return forks[slot];
    };
    super(parts, config, (slot) => ({
      program: SOLO_PROGRAM,
      kind,
      seed: forkAt(slot).identity.toBytes(),
      fork: { parent, sequence: forkSequence },
      hostConfig,
      config: new Uint8Array(),
    }));
    this.#forks = forks;
  }

  /**
   * Forks a daemon and places the forks.
   *
   * @throws {@link ComputeError} with kind `placement-failed`: then none is left.
   * @throws RangeError for a configuration that makes no sense.
   */
  static async fork(parts: ForkGroupParts, config: ForkGroupConfig): Promise<ForkGroup> {
    const count = checkMemberCount("forkCount", config.forkCount);
    if (!Number.isSafeInteger(config.forkSequence) || config.forkSequence < 0) {
      throw new RangeError(
        `forkSequence must be a safe integer of at least 0, got ${config.forkSequence}`,
      );
    }
    const group = new ForkGroup(parts, config);
    await group.resize(count);
    return group;
  }

  /**
   * Changes how many forks there are: the last ones are removed, new ones are somebody new.
   *
   * @throws {@link ComputeError} with kind `placement-failed`: then there are as many as before; or
   * `closed`.
   * @throws RangeError for none or too many.
   */
  async scaleTo(forkCount: number): Promise<void> {
    await this.resize(checkMemberCount("forkCount", forkCount));
    this.#forks.length = this.members().length;
  }

  /** Where the forks come from, by slot. */
  forkRecords(): readonly ForkRecord[] {
    return this.#forks.slice(0, this.members().length).map(({ record }) => record);
  }

  /** Whether all records agree with themselves. */
  verifyLineage(): boolean {
    try {
      for (const record of this.forkRecords()) verifyForkRecord(record);
      return true;
    } catch (error) {
      if (isComputeError(error)) return false;
      throw error;
    }
  }
}

function newFork(parent: OriginHash, forkSequence: number, entropy: Entropy): Fork {
  const identity = Identity.generate({ entropy });
  const chain = CausalChain.fork(identity.originHash, parent, forkSequence);
  return {
    identity,
    record: {
      originalOrigin: parent,
      forkedOrigin: identity.originHash,
      forkSequence,
      forkGenesis: chain.head.link,
      fromSnapshotSequence: undefined,
    },
  };
}
