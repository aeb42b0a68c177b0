import type { NodeId } from "@selvage/core";

import type { StoredEvent } from "../daemon/daemon-event.ts";
import type { Term } from "../daemon/term.ts";
import type { History } from "./history.ts";

/** One instance of one member. A node that restarts has other instances, whatever it is told. */
export interface InstanceId {
  readonly slot: number;
  readonly incarnation: number;
  /** 32 hexadecimal characters that the member drew when it was made. */
  readonly instance: string;
}

/** An instance as text, for maps. */
export function instanceKey({ slot, incarnation, instance }: InstanceId): string {
  return `${slot}.${incarnation}.${instance}`;
}

/** Makes a standby a copy of the active, from which {@link StoreMessage}s go on. */
export interface InstallMessage {
  /** Numbers the copies that an active makes of itself: the latest counts. */
  readonly session: number;
  /** The last entry that is in the snapshot. */
  readonly through: number;
  readonly committed: number;
  readonly settled: number;
  readonly history: History;
  /** Those of the last entries that not every member is known to hold. */
  readonly entries: readonly StoredEvent[];
  /** An encoded snapshot. */
  readonly snapshot: Uint8Array;
}

/** Events for a standby to keep. */
export interface StoreMessage {
  readonly session: number;
  /** Through which index every member of the in-sync set is known to hold them. */
  readonly committed: number;
  /** Through which index every member of the group is known to have held them. */
  readonly settled: number;
  /** Consecutive. */
  readonly entries: readonly StoredEvent[];
}

/** The state after an entry that the standby holds; it may forget the entries before. */
export interface CheckpointMessage {
  readonly session: number;
  readonly through: number;
  /** An encoded snapshot. */
  readonly snapshot: Uint8Array;
}

/** What a standby says to all of these. */
export interface HeldAnswer {
  readonly instance: string;
  /** The last entry that it holds. */
  readonly through: number;
}

/** A member and where it is. */
export interface MemberPlace {
  readonly slot: number;
  readonly incarnation: number;
  readonly nodeId: NodeId;
}

export function isSamePlace(a: MemberPlace, b: MemberPlace): boolean {
  return a.slot === b.slot && a.incarnation === b.incarnation && a.nodeId === b.nodeId;
}

/** Makes a member the active one. */
export interface PromoteCommand {
  readonly instance: string;
  /** The first promotion of the group: the member begins with nothing. */
  readonly bootstrap: boolean;
  /** All members of the group. */
  readonly members: readonly MemberPlace[];
}

/** What a member does. */
export type StandbyRole =
  /** Made, and not yet given anything. */
  | "blank"
  /** Keeps events. */
  | "standby"
  /** Applies events. */
  | "active"
  /** Could not take over a state, or not apply what it kept: to be replaced. */
  | "broken"
  /** Handed over what it had, and does nothing any more. */
  | "retired";

/** What a member tells of itself. */
export interface StandbyDetails {
  readonly instance: string;
  readonly role: StandbyRole;
  /** The highest term that it heard of. */
  readonly seen: Term;
  /** The last term in which it was a copy of the active, or was it. */
  readonly synced: Term;
  /** The last entry that its state contains. */
  readonly base: number;
  readonly committed: number;
  readonly settled: number;
  readonly history: History;
  /** Who must hold an event before it is acknowledged; only the active knows. */
  readonly inSync: readonly InstanceId[];
  /** Whether the active takes events now. */
  readonly serving: boolean;
}
