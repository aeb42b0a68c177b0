import { type Logger, type NodeId, silentLogger } from "@selvage/core";

import type { Artifact } from "./artifact.ts";
import { antiAffinityAxis, type ConcentrationLookup } from "./axes/anti-affinity.ts";
import { colocationAxis, type ColocationPolicy } from "./axes/colocation.ts";
import { intentAxis, type IntentPolicy } from "./axes/intent.ts";
import { proximityAxis, type RttLookup } from "./axes/proximity.ts";
import { resourceAxis, type ResourcePolicy } from "./axes/resource.ts";
import { scopeAxis } from "./axes/scope.ts";
import { IntentRegistry } from "./intent-registry.ts";
import type {
  PlacementAxis,
  PlacementExplanation,
  PlacementFactor,
  PlacementFilter,
  PlacementTargets,
  PlacementVeto,
} from "./placement-filter.ts";
import type { PlacementRegistry } from "./placement-registry.ts";
import { missingAt } from "./requirements.ts";
import { clampScore } from "./score.ts";
import { SHIPPED_INTENTS } from "./shipped-intents.ts";

/** What a {@link StandardPlacement} asks. */
export interface StandardPlacementParts {
  /** What nodes have. */
  readonly targets: PlacementTargets;
  /** How far nodes are; without it they are all near. */
  readonly rttMs?: RttLookup | undefined;
  /** How crowded nodes are; without it none is. */
  readonly concentration?: ConcentrationLookup | undefined;
  /** Default {@link SHIPPED_INTENTS}. */
  readonly intents?: IntentRegistry | undefined;
  /** Where {@link StandardPlacementConfig.customFilterId} is looked up. */
  readonly filters?: PlacementRegistry | undefined;
  readonly logger?: Logger | undefined;
}

/** What counts for a {@link StandardPlacement}; what is left out does not. */
export interface StandardPlacementConfig {
  /** Scopes of which a node must have one, with `scope:` before them or without. */
  readonly scopes?: readonly string[] | undefined;
  /** How far a node may be, in milliseconds of round trip. */
  readonly maxRttMs?: number | undefined;
  readonly intent?: IntentPolicy | undefined;
  readonly colocation?: ColocationPolicy | undefined;
  readonly resources?: ResourcePolicy | undefined;
  /** A filter to be asked first; its score is a factor, and its veto holds. */
  readonly customFilterId?: string | undefined;
}

/**
 * Judges placements by the product of what is configured, so that any 0 makes a place the worst of
 * all. What an artifact cannot do without is a veto. Without configuration every place that has it
 * is equally good.
 *
 * @example
 * ```ts
 * import { CapabilitySet, rankPlacements, StandardPlacement } from "@selvage/capability-index";
 * import { parseNodeId } from "@selvage/core";
 * const small = parseNodeId("a".repeat(32));
 * const large = parseNodeId("b".repeat(32));
 * const targets = new Map([
 *   [small, { capabilities: CapabilitySet.empty.withTags("hardware.memory_gb=16") }],
 *   [large, { capabilities: CapabilitySet.empty.withTags("hardware.memory_gb=48") }],
 * ]);
 * const filter = new StandardPlacement({ targets }, { resources: "compute" });
 * const daemon = { kind: "daemon", required: CapabilitySet.empty } as const;
 * const { placements } = rankPlacements(targets.keys(), daemon, filter);
 * console.log(placements[0]?.nodeId === large, placements[0]?.axes); // true [ { axis: 'resource', score: 0.75 } ]
 * ```
 */
export class StandardPlacement implements PlacementFilter {
  readonly #targets: PlacementTargets;
  readonly #filters: PlacementRegistry | undefined;
  readonly #filterId: string | undefined;
  readonly #logger: Logger;
  readonly #axes: readonly PlacementAxis[];
  #toldMissing = false;

  /**
   * @throws RangeError for a `maxRttMs` that is negative or not a number.
   * @throws TypeError for a `customFilterId` without `filters` to look it up in.
   */
  constructor(parts: StandardPlacementParts, config: StandardPlacementConfig = {}) {
    const { maxRttMs, customFilterId } = config;
    if (maxRttMs !== undefined && !(maxRttMs >= 0)) {
      throw new RangeError(`maxRttMs must be at least 0, got ${maxRttMs}`);
    }
    if (customFilterId !== undefined && parts.filters === undefined) {
      throw new TypeError(`customFilterId "${customFilterId}" needs filters to be looked up in`);
    }
    this.#targets = parts.targets;
    this.#filters = parts.filters;
    this.#filterId = customFilterId;
    this.#logger = parts.logger ?? silentLogger;
    this.#axes = [
      scopeAxis(config.scopes ?? []),
      proximityAxis(maxRttMs, parts.rttMs),
      intentAxis(config.intent, parts.intents ?? new IntentRegistry(SHIPPED_INTENTS)),
      colocationAxis(config.colocation),
      resourceAxis(config.resources),
      antiAffinityAxis(parts.concentration),
    ].filter((axis) => axis !== undefined);
  }

  placementScore(nodeId: NodeId, artifact: Artifact): number | undefined {
    return this.explain(nodeId, artifact).score;
  }

  explain(nodeId: NodeId, artifact: Artifact): PlacementExplanation {
    const capabilities = this.#targets.get(nodeId)?.capabilities;
    if (capabilities === undefined || this.#targets.isHidden?.(nodeId) === true) {
      return refused("unknown-node");
    }
    const custom = this.#askCustom(nodeId, artifact);
    if (typeof custom === "string") return refused(custom);
    const missing = missingAt(capabilities, artifact);
    if (missing !== undefined) return refused(missing);

    const axes: PlacementFactor[] = [];
    if (custom !== undefined) axes.push({ axis: "custom", score: custom });
    let product = custom ?? 1;
    const target = { nodeId, capabilities };
    for (const { name, score: scoreOf } of this.#axes) {
      if (product === 0) break;
      const score = clampScore(scoreOf(target, artifact));
      axes.push({ axis: name, score });
      product *= score;
    }
    return { score: product, axes };
  }

  /** The score that the custom filter gives, or its veto; `undefined` if there is no such filter. */
  #askCustom(nodeId: NodeId, artifact: Artifact): number | PlacementVeto | undefined {
    const id = this.#filterId;
    if (id === undefined) return undefined;
    const filter = this.#filters?.get(id);
    if (filter === undefined) {
      // Once for all nodes, until it was there again.
      if (!this.#toldMissing) this.#logger.warn("no placement filter of this id", { id });
      this.#toldMissing = true;
      return "unknown-filter";
    }
    this.#toldMissing = false;
    const score = filter.placementScore(nodeId, artifact);
    return score === undefined || !Number.isFinite(score) ? "custom" : clampScore(score);
  }
}

function refused(veto: PlacementVeto): PlacementExplanation {
  return { score: undefined, veto, axes: [] };
}
