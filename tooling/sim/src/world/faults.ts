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
  | { readonly kind: "partition"; readonly directions: readonly Direction[] }
  | {
      readonly kind: "trouble";
      readonly directions: readonly Direction[];
      readonly trouble: Trouble;
    };

/** A fault with its time; it is repaired after `forMs`. */
export interface PlannedFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}
