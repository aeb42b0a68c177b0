import type { Clock, Logger, NodeId } from "@selvage/core";

import { compareTerms, type Term } from "../daemon/term.ts";
import { MAX_GROUP_FAILURES } from "../defaults.ts";
import { isComputeError } from "../errors.ts";
import type { GroupCommander, InstanceRef } from "../hosting/group-commander.ts";
import type { MemberStatus } from "../hosting/host-status.ts";
import type { SpawnOrder } from "../hosting/spawn-order.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { NodeChooser } from "./node-chooser.ts";
import type { GroupFailure } from "./placement-failure.ts";
import type { SlotTable } from "./slot-table.ts";

/** The parts of a {@link MemberPlacer}. */
export interface MemberPlacerParts {
  readonly commander: GroupCommander;
  readonly slots: SlotTable;
  readonly chooser: NodeChooser;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a host needs to make the member of a slot. */
  readonly orderOf: (slot: number) => SpawnOrder;
  readonly deadlineMs: number;
}

/**
 * Places members: a slot is `placing` from the moment that a node was chosen to the answer of that
 * node, or the deadline. What nobody waits for any more is removed.
 */
export class MemberPlacer {
  readonly #parts: MemberPlacerParts;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #bySlot = new Map<number, Promise<boolean>>();
  #failures: GroupFailure[] = [];
  #supersededBy: Term | undefined;

  constructor(parts: MemberPlacerParts) {
    this.#parts = parts;
  }

  /** What went wrong lately, the latest last. */
  failures(): readonly GroupFailure[] {
    return this.#failures;
  }

  /** The term of whoever leads the group now, if a node said that it is somebody else. */
  get supersededBy(): Term | undefined {
    return this.#supersededBy;
  }

  /**
   * Starts to place a slot on a node of its own, at once: it is `placing` when this returns. The
   * promise tells whether it became healthy; it never rejects. A slot that is `placing` is not started
   * again: then it is that placement which is told of.
   *
   * @throws {@link ComputeError} with kind `no-candidate`; the slot stays as it is.
   */
  start(slot: number, scheduler?: Scheduler): Promise<boolean> {
    const { slots, chooser, clock, deadlineMs } = this.#parts;
    const started = this.#bySlot.get(slot);
    if (started !== undefined && slots.get(slot)?.status === "placing") return started;
    const nodeId = chooser.choose(slots.occupied(slot), scheduler);
    const incarnation = slots.nextIncarnation(slot);
    const deadlineAt = clock.now() + deadlineMs;
    slots.set(slot, { status: "placing", nodeId, incarnation, deadlineAt });
    const placing = this.#track(this.#place(nodeId, { slot, incarnation }));
    this.#bySlot.set(slot, placing);
    return placing;
  }

  /** Ends an instance, without waiting for it: if its node cannot be told now, it is told later. */
  discard(nodeId: NodeId, instance: InstanceRef): void {
    void this.#track(this.remove(nodeId, instance));
  }

  /** Ends an instance; whether its node confirmed it. Never rejects. */
  async remove(nodeId: NodeId, instance: InstanceRef): Promise<boolean> {
    const { commander, deadlineMs } = this.#parts;
    try {
      await commander.remove(nodeId, instance, { deadlineMs });
      return true;
    } catch (error) {
      this.note(error, instance.slot, nodeId);
      return false;
    }
  }

  /** Waits for everything that is under way, and what comes of it. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Keeps a record of a failure, and learns from it whether somebody else leads the group. */
  note(error: unknown, slot?: number, nodeId?: NodeId): void {
    const { clock, logger, commander } = this.#parts;
    const seen = isComputeError(error, "stale-term") ? error.seen?.term : undefined;
    if (seen !== undefined && compareTerms(seen, commander.term) > 0) this.#supersededBy = seen;
    logger.warn("a group could not do something", { slot, nodeId, error });
    const failure = { atMs: clock.wallNow(), slot, nodeId, error };
    this.#failures = [...this.#failures, failure].slice(-MAX_GROUP_FAILURES);
  }

  async #place(nodeId: NodeId, instance: InstanceRef): Promise<boolean> {
    const { slots, commander, orderOf, deadlineMs } = this.#parts;
    const { slot, incarnation } = instance;
    try {
      const order = orderOf(slot);
      const status = await commander.spawn(nodeId, instance, order, { deadlineMs });
      return this.#placed(nodeId, instance, status);
    } catch (error) {
      this.#failed(nodeId, instance, error);
      if (slots.isPlacing(slot, incarnation)) {
        slots.set(slot, { status: "unhealthy", nodeId: undefined, incarnation });
      }
      return false;
    }
  }

  #placed(nodeId: NodeId, instance: InstanceRef, { originHash }: MemberStatus): boolean {
    const { slots } = this.#parts;
    const { slot, incarnation } = instance;
    if (!slots.isPlacing(slot, incarnation)) {
      this.discard(nodeId, instance);
      return false;
    }
    slots.set(slot, { status: "healthy", nodeId, incarnation, originHash });
    return true;
  }

  #failed(nodeId: NodeId, instance: InstanceRef, error: unknown): void {
    const { slots, chooser } = this.#parts;
    this.note(error, instance.slot, nodeId);
    if (isComputeError(error, "stale-term")) {
      // It is this group that is late, not the node.
      slots.sawIncarnation(instance.slot, error.seen?.incarnation ?? 0);
      return;
    }
    chooser.coolDown(nodeId);
    const isNothingThere = isComputeError(error) && error.delivered === "never";
    if (!isNothingThere) this.discard(nodeId, instance);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return work;
  }
}
