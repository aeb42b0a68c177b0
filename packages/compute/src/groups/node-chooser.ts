import type { Clock, NodeId } from "@selvage/core";

import { DEFAULT_PLACEMENT_COOLDOWN_MS } from "../defaults.ts";
import { isComputeError } from "../errors.ts";
import type { PlacementRequest } from "../scheduler/placement-request.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Whether members may share a node: never, or only if they must. */
export type SpreadRule = "strict" | "best-effort";

/** What members ask of their nodes. They prefer the coordinator's own node only if told so. */
export type MemberPlacement = Omit<PlacementRequest, "exclude" | "pin">;

/** The parts of a {@link NodeChooser}. */
export interface NodeChooserParts {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
}

/** Chooses nodes for members: apart from each other, and not where they just failed. */
export class NodeChooser {
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #placement: MemberPlacement;
  readonly #spread: SpreadRule;
  /** Nodes that were reported to have failed. */
  readonly #down = new Set<NodeId>();
  /** Nodes that just failed to take a member, until when they are left alone. */
  readonly #cooling = new Map<NodeId, number>();

  constructor(
    { scheduler, clock }: NodeChooserParts,
    placement: MemberPlacement,
    spread: SpreadRule,
  ) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#placement = placement;
    this.#spread = spread;
  }

  /** Whether members may share a node if they must. */
  get mayShare(): boolean {
    return this.#spread === "best-effort";
  }

  /**
   * Chooses a node.
   *
   * @param occupied Nodes of other members.
   * @throws {@link ComputeError} with kind `no-candidate`.
   */
  choose(occupied: ReadonlySet<NodeId>, scheduler: Scheduler = this.#scheduler): NodeId {
    const unfit = this.#unfit();
    try {
      return this.#place(scheduler, [...occupied, ...unfit]);
    } catch (error) {
      if (!this.mayShare || !isComputeError(error, "no-candidate")) throw error;
      return this.#place(scheduler, unfit);
    }
  }

  /** A node failed: nothing is placed there until it is back. */
  markDown(nodeId: NodeId): void {
    this.#down.add(nodeId);
  }

  /** A node is back. */
  markUp(nodeId: NodeId): void {
    this.#down.delete(nodeId);
    this.#cooling.delete(nodeId);
  }

  isDown(nodeId: NodeId): boolean {
    return this.#down.has(nodeId);
  }

  /** A node did not take a member: others are tried first for a while. */
  coolDown(nodeId: NodeId): void {
    this.#cooling.set(nodeId, this.#clock.now() + DEFAULT_PLACEMENT_COOLDOWN_MS);
  }

  #place(scheduler: Scheduler, exclude: readonly NodeId[]): NodeId {
    return scheduler.place({ preferLocal: false, ...this.#placement, exclude }).nodeId;
  }

  #unfit(): readonly NodeId[] {
    const now = this.#clock.now();
    for (const [nodeId, until] of this.#cooling) if (until <= now) this.#cooling.delete(nodeId);
    return [...this.#down, ...this.#cooling.keys()];
  }
}
