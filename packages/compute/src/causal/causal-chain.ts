import { copyBytes } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { ComputeError } from "../errors.ts";
import type { CausalEvent, CausalLink } from "./causal-link.ts";
import { forkSentinel, linkHash } from "./link-hash.ts";
import { type OriginTag, originTag } from "./origin-tag.ts";

const NOTHING = new Uint8Array(0);

/**
 * Builds the chain of one origin. It begins at a genesis that is never sent, so the first event has
 * sequence 1.
 *
 * @example
 * ```ts
 * import { CausalChain, verifyChain } from "@selvage/compute";
 * import { utf8 } from "@selvage/core";
 * import { Identity } from "@selvage/identity";
 * const chain = CausalChain.begin(Identity.generate().originHash);
 * const events = [chain.head, chain.append(utf8("a"), 0n), chain.append(utf8("b"), 0n)];
 * verifyChain(events);
 * console.log(events.map(({ link }) => link.sequence)); // [ 0, 1, 2 ]
 * ```
 */
export class CausalChain {
  readonly originHash: OriginHash;
  readonly #origin: OriginTag;
  #head: CausalEvent;
  /** What the next event names as its parent, where that is not the hash of the head. */
  #sentinel: bigint | undefined;

  private constructor(originHash: OriginHash, head: CausalEvent, sentinel?: bigint) {
    this.originHash = originHash;
    this.#origin = originTag(originHash);
    this.#head = head;
    this.#sentinel = sentinel;
  }

  /** A chain without events. */
  static begin(originHash: OriginHash): CausalChain {
    return new CausalChain(originHash, genesis(originHash, 0n));
  }

  /** A chain that begins as a fork of another one: its genesis says so, see {@link forkSentinel}. */
  static fork(originHash: OriginHash, parent: OriginHash, forkSequence: number): CausalChain {
    return new CausalChain(originHash, genesis(originHash, forkSentinel(parent, forkSequence)));
  }

  /**
   * Goes on after a known head.
   *
   * @param sentinel What {@link breakOff} was called with, if no event followed it.
   * @throws {@link ComputeError} with kind `identity-mismatch` for the head of another origin.
   */
  static resume(originHash: OriginHash, head: CausalEvent, sentinel?: bigint): CausalChain {
    if (head.link.origin !== originTag(originHash)) {
      throw new ComputeError(
        "identity-mismatch",
        `the head is of ${head.link.origin}, the chain of ${originHash}`,
      );
    }
    return new CausalChain(originHash, copyOf(head), sentinel);
  }

  /** The last event; the genesis before there is one. */
  get head(): CausalEvent {
    return this.#head;
  }

  /** What the next event will name as its parent instead of the head's hash, if anything. */
  get sentinel(): bigint | undefined {
    return this.#sentinel;
  }

  /**
   * Adds an event and returns it. The payload is copied.
   *
   * @param horizon What was seen of others, see {@link ObservedHorizon.encoded}.
   * @throws {@link ComputeError} with kind `exhausted` at the largest safe integer.
   */
  append(payload: Uint8Array, horizon: bigint): CausalEvent {
    const sequence = this.#head.link.sequence + 1;
    if (!Number.isSafeInteger(sequence)) {
      throw new ComputeError("exhausted", `the chain of ${this.originHash} is as long as can be`);
    }
    const parentHash = this.#sentinel ?? linkHash(this.#head);
    const link: CausalLink = { origin: this.#origin, horizon, sequence, parentHash };
    this.#head = { link, payload: copyBytes(payload) };
    this.#sentinel = undefined;
    return this.#head;
  }

  /**
   * The next event names this as its parent, because what it follows from is not in this chain; see
   * {@link syncSentinel}. Its sequence is the next one all the same.
   */
  breakOff(sentinel: bigint): void {
    this.#sentinel = sentinel;
  }
}

function genesis(originHash: OriginHash, parentHash: bigint): CausalEvent {
  const link: CausalLink = { origin: originTag(originHash), horizon: 0n, sequence: 0, parentHash };
  return { link, payload: NOTHING };
}

function copyOf({ link, payload }: CausalEvent): CausalEvent {
  return { link, payload: copyBytes(payload) };
}
