import type { Role } from "../roles.ts";

/** Width of a slot, in milliseconds. */
const SLOT_MS = 50;

/** What happened in one stretch of time. */
export interface Slot {
  primary: number;
  standby: number;
  errors: number;
}

/** Who answered when. */
export class Timeline {
  readonly #slots: Slot[] = [];

  /** A call ended at `at`; `undefined`: nobody answered it. */
  add(at: number, answeredBy: Role | undefined): void {
    const index = Math.floor(at / SLOT_MS);
    while (this.#slots.length <= index) this.#slots.push({ primary: 0, standby: 0, errors: 0 });
    const slot = this.#slots[index];
    if (slot !== undefined) slot[answeredBy ?? "errors"]++;
  }

  /** The time from `from` to `to` in `width` cells of equal length. */
  cells(from: number, to: number, width: number): Slot[] {
    const cells = Array.from({ length: width }, () => ({ primary: 0, standby: 0, errors: 0 }));
    const cellMs = Math.max(SLOT_MS, to - from) / width;
    for (const [index, slot] of this.#slots.entries()) {
      // A slot may span several cells: each shows it.
      const first = Math.max(0, Math.floor((index * SLOT_MS - from) / cellMs));
      const last = Math.ceil(((index + 1) * SLOT_MS - from) / cellMs) - 1;
      for (let at = first; at <= Math.min(width - 1, Math.max(first, last)); at++) {
        const cell = cells[at];
        if (cell === undefined) continue;
        cell.primary += slot.primary;
        cell.standby += slot.standby;
        cell.errors += slot.errors;
      }
    }
    return cells;
  }
}
