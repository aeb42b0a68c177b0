import { checkProperties } from "@selvage/core";

import type { CapabilitySet } from "../capabilities/capability-set.ts";
import { type CapabilityQuery, QUERY_PROPERTIES } from "./capability-query.ts";
import { totalVramGb } from "./filter.ts";

/**
 * What a node must have, and what is the better the more of it there is. Weights are 0 by default;
 * they are finite, and what is beyond 0 or 1 counts as 0 or 1.
 */
export interface CapabilityRequirement extends CapabilityQuery {
  /** All that counts is up to 256 GB. */
  readonly preferMoreMemory?: number | undefined;
  /** All that counts is up to 80 GB over all GPUs. */
  readonly preferMoreVram?: number | undefined;
  /** By the fastest model; all that counts is up to 1,000 tokens a second. */
  readonly preferFasterInference?: number | undefined;
  /** By the share of the models that are loaded; who has none has 0. */
  readonly preferLoadedModels?: number | undefined;
}

const WEIGHTS = [
  "preferMoreMemory",
  "preferMoreVram",
  "preferFasterInference",
  "preferLoadedModels",
] as const satisfies readonly (keyof CapabilityRequirement)[];

const PROPERTIES: ReadonlySet<string> = new Set([...QUERY_PROPERTIES, ...WEIGHTS]);

/** Memory beyond which more is not better, in gigabytes. */
const ENOUGH_MEMORY_GB = 256;
/** Memory of GPUs beyond which more is not better, in gigabytes. */
const ENOUGH_VRAM_GB = 80;
/** Speed beyond which faster is not better, in tokens per second. */
const ENOUGH_TOKENS_PER_SEC = 1_000;

/**
 * Prepares the score of nodes that have what they must: 1, and up to 1 more for each preference.
 *
 * @throws TypeError for a property that a requirement does not have, or a weight that is no number.
 * @throws RangeError for a weight that is not finite.
 */
export function compileScore(
  requirement: CapabilityRequirement,
): (capabilities: CapabilitySet) => number {
  checkProperties("requirement", requirement, PROPERTIES);
  const [memory = 0, vram = 0, speed = 0, loaded = 0] = WEIGHTS.map((name) =>
    weight(name, requirement[name]),
  );
  return (capabilities) => {
    // What has no weight is not read.
    let score = 1;
    if (memory > 0) score += memory * share(capabilities.hardware.memoryGb, ENOUGH_MEMORY_GB);
    if (vram > 0) score += vram * share(totalVramGb(capabilities.hardware.gpus), ENOUGH_VRAM_GB);
    if (speed > 0) score += speed * share(fastest(capabilities), ENOUGH_TOKENS_PER_SEC);
    if (loaded > 0) score += loaded * loadedShare(capabilities);
    return score;
  };
}

function weight(name: string, given: number | undefined): number {
  if (given === undefined) return 0;
  if (typeof given !== "number") {
    throw new TypeError(`${name} must be a number, got ${String(given)}`);
  }
  if (!Number.isFinite(given)) throw new RangeError(`${name} must be finite, got ${given}`);
  return Math.min(1, Math.max(0, given));
}

const share = (value: number, enough: number): number => Math.min(1, value / enough);

function fastest({ models }: CapabilitySet): number {
  return models.reduce((most, { tokensPerSec }) => Math.max(most, tokensPerSec), 0);
}

function loadedShare({ models }: CapabilitySet): number {
  if (models.length === 0) return 0;
  return models.filter(({ loaded }) => loaded).length / models.length;
}
