import type { NodeId } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

/** Where a slot of a group stands. */
export type SlotState =
  /** Its member runs there. */
  | {
      readonly status: "healthy";
      readonly nodeId: NodeId;
      readonly incarnation: number;
      readonly originHash: OriginHash;
    }
  /** It has no member that can be used; the last one was there, if anywhere. */
  | {
      readonly status: "unhealthy";
      readonly nodeId: NodeId | undefined;
      readonly incarnation: number;
    }
  /** A member is being made there. Nothing is sent to it, and it is not started again. */
  | {
      readonly status: "placing";
      readonly nodeId: NodeId;
      readonly incarnation: number;
      /** When it is given up, on the clock of the coordinator. */
      readonly deadlineAt: number;
    };

/** A member as its group knows it. */
export type GroupMember = SlotState & { readonly slot: number };

/** How a group as a whole is. */
export type GroupHealth =
  | { readonly status: "healthy" }
  | { readonly status: "degraded"; readonly healthy: number; readonly total: number }
  | { readonly status: "dead" };

const EMPTY: SlotState = { status: "unhealthy", nodeId: undefined, incarnation: 0 };

/** The slots of a group. Incarnations only ever grow, also of slots that were cut off and came back. */
export class SlotTable {
  readonly #changed: (member: GroupMember) => void;
  readonly #incarnations: number[] = [];
  #states: SlotState[] = [];

  constructor(changed: (member: GroupMember) => void) {
    this.#changed = changed;
  }

  get count(): number {
    return this.#states.length;
  }

  /** All members, by slot. */
  members(): readonly GroupMember[] {
    return this.#states.map((state, slot) => ({ ...state, slot }));
  }

  /** The state of a slot; `undefined` if there is no such slot. */
  get(slot: number): SlotState | undefined {
    return this.#states[slot];
  }

  /** Adds slots without members, or cuts off the last ones. Returns what was cut off. */
  resize(count: number): readonly GroupMember[] {
    const cut = this.members().slice(count);
    this.#states.length = Math.min(this.#states.length, count);
    while (this.#states.length < count) {
      const incarnation = this.#incarnations[this.#states.length] ?? 0;
      this.#states.push({ ...EMPTY, incarnation });
    }
    return cut;
  }

  /** Changes the state of a slot that is there. */
  set(slot: number, state: SlotState): void {
    if (slot >= this.#states.length) return;
    this.#states[slot] = state;
    this.sawIncarnation(slot, state.incarnation);
    this.#changed({ ...state, slot });
  }

  /** The incarnation of the next placement of a slot. */
  nextIncarnation(slot: number): number {
    return (this.#incarnations[slot] ?? 0) + 1;
  }

  /** Notes that an incarnation was used, whoever used it. */
  sawIncarnation(slot: number, incarnation: number): void {
    this.#incarnations[slot] = Math.max(this.#incarnations[slot] ?? 0, incarnation);
  }

  /** Whether a slot is being placed, and with this very incarnation. */
  isPlacing(slot: number, incarnation: number): boolean {
    const state = this.#states[slot];
    return state?.status === "placing" && state.incarnation === incarnation;
  }

  /** Nodes that have a member or are to get one, but for that of one slot. */
  occupied(exceptSlot?: number): Set<NodeId> {
    const nodes = new Set<NodeId>();
    for (const [slot, state] of this.#states.entries()) {
      if (slot !== exceptSlot && state.status !== "unhealthy") nodes.add(state.nodeId);
    }
    return nodes;
  }

  /** Slots in a state. */
  slotsThatAre(status: SlotState["status"]): readonly number[] {
    return this.members()
      .filter((member) => member.status === status)
      .map(({ slot }) => slot);
  }

  /** Slots on a node. */
  slotsOn(nodeId: NodeId): readonly number[] {
    return this.members()
      .filter((member) => member.nodeId === nodeId)
      .map(({ slot }) => slot);
  }

  health(): GroupHealth {
    const healthy = this.slotsThatAre("healthy").length;
    if (healthy === 0) return { status: "dead" };
    if (healthy === this.count) return { status: "healthy" };
    return { status: "degraded", healthy, total: this.count };
  }
}
