import {
  type Artifact,
  type CapabilityIndex,
  CapabilitySet,
  matchesFilter,
  type PlacementFilter,
  type PlacementRanking,
  type PlacementTargets,
  rankPlacements,
  StandardPlacement,
  type TieBreaks,
} from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";

import { MAX_CONSIDERED_NODES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { PlacementDecision, PlacementReason } from "./placement-decision.ts";
import type { PlacementRequest } from "./placement-request.ts";

/** The parts of a {@link Scheduler}. */
export interface SchedulerParts {
  /** Who can do what. */
  readonly index: Pick<CapabilityIndex, "find" | "get" | "isHidden">;
  /** This node. */
  readonly nodeId: NodeId;
  /** What this node can do now; it need not be in the index. */
  readonly localCapabilities: () => CapabilitySet;
  /** Scores nodes; default: whoever may and can is as good as the next. */
  readonly placement?: PlacementFilter | undefined;
  /** What decides between equal scores, before the lower node id does; default nothing. */
  readonly tieBreaks?: TieBreaks | undefined;
}

/**
 * Chooses nodes for daemons: those that have what the daemon requires, are not excluded and not vetoed
 * by the strategy; of these this node, or the one with the best score. The same view of the mesh always
 * gives the same choice.
 *
 * @example
 * ```ts
 * import { CapabilityIndex, CapabilitySet } from "@selvage/capability-index";
 * import { Scheduler } from "@selvage/compute";
 * import { systemClock } from "@selvage/core";
 * import { Identity } from "@selvage/identity";
 * const { nodeId } = Identity.generate();
 * const scheduler = new Scheduler({
 *   index: new CapabilityIndex({ clock: systemClock }),
 *   nodeId,
 *   localCapabilities: () => CapabilitySet.empty.withTags("hardware.gpu"),
 * });
 * const { reason } = scheduler.place({ requirements: { requireGpu: true } });
 * console.log(reason); // local-preferred
 * ```
 */
export class Scheduler {
  readonly nodeId: NodeId;
  readonly #index: SchedulerParts["index"];
  readonly #localCapabilities: () => CapabilitySet;
  readonly #hasStrategy: boolean;
  readonly #placement: PlacementFilter;
  readonly #tieBreaks: TieBreaks;

  constructor({ index, nodeId, localCapabilities, placement, tieBreaks = {} }: SchedulerParts) {
    this.nodeId = nodeId;
    this.#index = index;
    this.#localCapabilities = localCapabilities;
    this.#hasStrategy = placement !== undefined;
    this.#placement = placement ?? new StandardPlacement({ targets: this.targets });
    this.#tieBreaks = tieBreaks;
  }

  /**
   * What nodes have, this one included, whether it announced it or not: for placement strategies.
   */
  get targets(): PlacementTargets {
    return {
      get: (nodeId) =>
        nodeId === this.nodeId
          ? { capabilities: this.#localCapabilities() }
          : this.#index.get(nodeId),
      isHidden: (nodeId) => nodeId !== this.nodeId && this.#index.isHidden(nodeId),
    };
  }

  /**
   * Chooses a node.
   *
   * @throws {@link ComputeError} with kind `no-candidate`.
   * @throws TypeError and RangeError for requirements that make no sense.
   */
  place(request: PlacementRequest = {}): PlacementDecision {
    if (request.pin !== undefined) return pinned(request.pin);
    const { ranking, excluded } = this.rank(request);
    const { placements, vetoed } = ranking;
    const { preferLocal = true } = request;
    const local = preferLocal ? placements.find(({ nodeId }) => nodeId === this.nodeId) : undefined;
    const chosen = local ?? placements[0];
    if (chosen === undefined) {
      throw new ComputeError(
        "no-candidate",
        `no node may and can: ${vetoed.length} vetoed, ${excluded.length} excluded`,
      );
    }
    return {
      nodeId: chosen.nodeId,
      reason: local === undefined ? this.#reason(placements.length) : "local-preferred",
      considered: placements
        .slice(0, MAX_CONSIDERED_NODES)
        .map(({ nodeId, score, axes, rttMs }) => ({ nodeId, score, axes, rttMs })),
      candidates: placements.length,
      vetoed: vetoed.slice(0, MAX_CONSIDERED_NODES),
      excluded: excluded.slice(0, MAX_CONSIDERED_NODES),
    };
  }

  /**
   * All nodes that may and can, the best first, and those that must not; without regard to whether this
   * node is preferred.
   *
   * @throws TypeError and RangeError for requirements that make no sense.
   */
  rank(request: PlacementRequest = {}): {
    readonly ranking: PlacementRanking;
    readonly excluded: readonly NodeId[];
  } {
    const { exclude = [], localDrained = false } = request;
    const barred = new Set(exclude);
    if (localDrained) barred.add(this.nodeId);
    const candidates = this.#candidates(request);
    const artifact: Artifact = {
      kind: "daemon",
      required: request.required ?? CapabilitySet.empty,
      optional: request.optional,
    };
    return {
      ranking: rankPlacements(
        candidates.filter((nodeId) => !barred.has(nodeId)),
        artifact,
        this.#placement,
        this.#tieBreaks,
      ),
      excluded: candidates.filter((nodeId) => barred.has(nodeId)),
    };
  }

  /** Who has what is required, ordered by node id; of this node only it itself knows. */
  #candidates({ requirements = {}, required }: PlacementRequest): readonly NodeId[] {
    const tags = required?.tags;
    const found = this.#index
      .find({ filter: requirements, tags })
      .map(({ nodeId }) => nodeId)
      .filter((nodeId) => nodeId !== this.nodeId);
    const own = this.#localCapabilities();
    const mayTake = matchesFilter(requirements, own) && (tags ?? []).every((tag) => own.has(tag));
    return mayTake ? [...found, this.nodeId].toSorted() : found;
  }

  #reason(candidates: number): PlacementReason {
    if (candidates === 1) return "only-candidate";
    return this.#hasStrategy ? "best-score" : "first-match";
  }
}

function pinned(nodeId: NodeId): PlacementDecision {
  return { nodeId, reason: "pinned", considered: [], candidates: 1, vetoed: [], excluded: [] };
}
