import type { NodeId } from "@selvage/core";

import type { MemberPlace } from "./standby-messages.ts";

/** How a slot of a group is. */
export type SlotHealth = "healthy" | "unhealthy" | "placing";

/** One slot of a standby group, as its coordinator has it. */
export interface StandbySlot {
  readonly slot: number;
  /** Where its member is, or was. */
  readonly place: MemberPlace;
  readonly health: SlotHealth;
  /** Whether its node said that it is not there any more. */
  readonly isGone: boolean;
}

/** The slots of a standby group. */
export class StandbySlots {
  readonly #slots: StandbySlot[];
  /** The highest incarnation that was given out. */
  readonly #incarnations: number[];

  constructor(places: readonly MemberPlace[]) {
    this.#slots = places.map((place, slot) => ({
      slot,
      place,
      health: "healthy",
      isGone: false,
    }));
    this.#incarnations = places.map(({ incarnation }) => incarnation);
  }

  get all(): readonly StandbySlot[] {
    return this.#slots;
  }

  get places(): readonly MemberPlace[] {
    return this.#slots.map(({ place }) => place);
  }

  get(slot: number): StandbySlot | undefined {
    return this.#slots[slot];
  }

  on(nodeId: NodeId): readonly StandbySlot[] {
    return this.#slots.filter(({ place }) => place.nodeId === nodeId);
  }

  mark(slot: number, health: SlotHealth, isGone?: boolean): void {
    const known = this.#slots[slot];
    if (known === undefined) return;
    this.#slots[slot] = {
      ...known,
      health,
      isGone: isGone ?? (known.isGone && health !== "healthy"),
    };
  }

  /** A number that no instance of the slot had. */
  nextIncarnation(slot: number): number {
    const next = (this.#incarnations[slot] ?? 0) + 1;
    this.#incarnations[slot] = next;
    return next;
  }

  move(place: MemberPlace): void {
    this.#slots[place.slot] = { slot: place.slot, place, health: "healthy", isGone: false };
  }
}
