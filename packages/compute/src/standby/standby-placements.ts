import type { Logger, NodeId } from "@selvage/core";

import type { Term } from "../daemon/term.ts";
import { DEFAULT_PLACEMENT_DEADLINE_MS, MAX_RECOVERIES_PER_CALL } from "../defaults.ts";
import { isComputeError } from "../errors.ts";
import type { PlacementRequest } from "../scheduler/placement-request.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { StandbyHosts } from "./standby-hosts.ts";
import { isSamePlace, type MemberPlace } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";
import type { StandbySlots } from "./standby-slots.ts";
import type { SurplusMembers } from "./surplus-members.ts";

/** What {@link StandbyPlacements} work with. */
export interface StandbyPlacementsParts {
  readonly hosts: StandbyHosts;
  readonly logger: Logger;
  readonly term: () => Term;
  readonly slots: StandbySlots;
  readonly surplus: SurplusMembers;
  readonly request: PlacementRequest;
  readonly config: StandbyConfig;
  /** Nodes that were said to have failed. */
  readonly failed: ReadonlySet<NodeId>;
  /** The slot of the active, which is never placed. */
  readonly active: () => number | undefined;
  /** A slot is somewhere else. */
  readonly onPlaced: () => void;
}

/** Places standbys whose nodes are gone on others, a few at a time. */
export class StandbyPlacements {
  readonly #parts: StandbyPlacementsParts;
  #recovered: number[] = [];
  /** Where the next call begins, so that no slot waits for ever. */
  #next = 0;

  constructor(parts: StandbyPlacementsParts) {
    this.#parts = parts;
  }

  /** The slots that were placed since the last call. */
  takeRecovered(): readonly number[] {
    return this.#recovered.splice(0);
  }

  /** Begins to place unhealthy slots, at most {@link MAX_RECOVERIES_PER_CALL}. */
  begin(scheduler: Pick<Scheduler, "place">): void {
    const { slots, active } = this.#parts;
    const { all } = slots;
    const open = [...all.slice(this.#next), ...all.slice(0, this.#next)]
      .filter(({ slot, health }) => health === "unhealthy" && slot !== active())
      .slice(0, MAX_RECOVERIES_PER_CALL);
    for (const { slot, place, isGone } of open) {
      this.#next = (slot + 1) % all.length;
      const nodeId = this.#nodeFor(slot, isGone ? undefined : place.nodeId, scheduler);
      if (nodeId === undefined) continue;
      slots.mark(slot, "placing");
      void this.#place({ slot, incarnation: slots.nextIncarnation(slot), nodeId }, place);
    }
  }

  /** A node without another member, and without one of this slot, which would be replaced there. */
  #nodeFor(
    slot: number,
    last: NodeId | undefined,
    scheduler: Pick<Scheduler, "place">,
  ): NodeId | undefined {
    const { slots, surplus, request, failed } = this.#parts;
    const others = slots.places.filter((place) => place.slot !== slot);
    const former = surplus.places.filter((place) => place.slot === slot);
    const taken = [...others, ...former].map(({ nodeId }) => nodeId);
    const exclude = new Set([...(request.exclude ?? []), ...failed, ...taken]);
    if (last !== undefined) exclude.add(last);
    try {
      return scheduler.place({ ...request, exclude }).nodeId;
    } catch (error) {
      if (isComputeError(error, "no-candidate")) return undefined;
      throw error;
    }
  }

  async #place(next: MemberPlace, last: MemberPlace): Promise<void> {
    const { hosts, logger, term, config, slots, surplus, active, onPlaced } = this.#parts;
    const options = { deadlineMs: DEFAULT_PLACEMENT_DEADLINE_MS };
    const { slot } = next;
    try {
      await hosts.spawn(next, term(), config, options);
    } catch (error) {
      logger.warn("a slot could not be placed", { slot, error });
      // It may be there all the same.
      surplus.add(next);
      if (slots.get(slot)?.health === "placing") slots.mark(slot, "unhealthy");
      return;
    }
    const now = slots.get(slot);
    if (slot === active() || now === undefined || !isSamePlace(now.place, last)) {
      // The member was promoted meanwhile.
      surplus.add(next);
      return;
    }
    if (!now.isGone) surplus.add(last);
    slots.move(next);
    this.#recovered.push(slot);
    onPlaced();
  }
}
