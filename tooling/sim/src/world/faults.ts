import type { Direction, Trouble } from "./links.ts";

/** What can happen to a machine and the process on it. */
export type MachineFaultKind =
  /** The process ends without a word; the next one starts when it is repaired. */
  | "kill"
  /** The process closes; the next one starts when it is repaired. */
  | "close"
  /** The process is stopped, and goes on when it is repaired. */
  | "freeze"
  /** The machine sleeps, its clock too. */
  | "suspend"
  /** The process computes, and looks at nothing else. */
  | "stall"
  /** An address translation forgets: the machine is seen under another address. */
  | "rebind";

/** One thing that goes wrong. */
export type Fault =
  | { readonly kind: MachineFaultKind; readonly machine: string }
  /** Somebody sets the machine's wall clock, forward or back; nobody sets it right. */
  | { readonly kind: "clock-step"; readonly machine: string; readonly byMs: number }
  | { readonly kind: "partition"; readonly directions: readonly Direction[] }
  | {
      readonly kind: "trouble";
      readonly directions: readonly Direction[];
      readonly trouble: Trouble;
    };

/** A fault with its time; it is repaired after `forMs`: never, if that is `Infinity`. */
export interface PlannedFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}
