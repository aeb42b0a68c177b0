import type { CapabilitySet } from "../capabilities/capability-set.ts";
import { MAX_SUBNET_LEVEL_VALUE, SUBNET_LEVELS, subnetId, type SubnetId } from "./subnet-id.ts";

/** Which tags put a node where on one level. */
export interface SubnetRule {
  /** 1 is the widest, 4 the narrowest. */
  readonly level: 1 | 2 | 3 | 4;
  /** The number on that level, from 1 to 255, by the tag that says so. */
  readonly values: Readonly<Record<string, number>>;
}

/** Where one tag puts a node. */
interface Placing {
  readonly tag: string;
  readonly value: number;
}

/**
 * Derives every node's subnet from its tags. Nodes that share the policy agree about everybody's
 * subnet without telling each other.
 *
 * @example
 * ```ts
 * import { CapabilitySet, formatSubnetId, SubnetPolicy } from "@selvage/capability-index";
 * const policy = new SubnetPolicy([
 *   { level: 1, values: { "region:eu": 1, "region:us": 2 } },
 *   { level: 2, values: { "fleet:blue": 7 } },
 * ]);
 * const node = CapabilitySet.empty.withTags("region:eu", "fleet:blue");
 * console.log(formatSubnetId(policy.assign(node))); // 1.7.0.0
 * ```
 */
export class SubnetPolicy {
  /** By level, the lowest number first. */
  readonly #placings: readonly (readonly Placing[])[];

  /** @throws RangeError for a level outside 1 to 4 or a value outside 1 to 255. */
  constructor(rules: readonly SubnetRule[]) {
    const placings: Placing[][] = Array.from({ length: SUBNET_LEVELS }, () => []);
    for (const { level, values } of rules) {
      const own = placings[level - 1];
      if (own === undefined) {
        throw new RangeError(`level must be from 1 to ${SUBNET_LEVELS}, got ${level}`);
      }
      for (const [tag, value] of Object.entries(values)) {
        if (!Number.isInteger(value) || value < 1 || value > MAX_SUBNET_LEVEL_VALUE) {
          const range = `1 to ${MAX_SUBNET_LEVEL_VALUE}`;
          throw new RangeError(
            `the value of "${tag}" must be a whole number from ${range}, got ${value}`,
          );
        }
        own.push({ tag, value });
      }
    }
    this.#placings = placings.map((own) => own.toSorted((a, b) => a.value - b.value));
  }

  /**
   * The subnet that tags put a node in. Where several speak of one level, the lowest number counts;
   * where none does, that level and those below it stay 0.
   */
  assign(capabilities: CapabilitySet): SubnetId {
    const levels: number[] = [];
    for (const own of this.#placings) {
      const placing = own.find(({ tag }) => capabilities.has(tag));
      if (placing === undefined) break;
      levels.push(placing.value);
    }
    return subnetId(...levels);
  }
}
