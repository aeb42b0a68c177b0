import type { Mode } from "./options.ts";
import type { Fault } from "./providers/provider.ts";
import type { Role } from "./roles.ts";

/** The figures of a run, as `--json` prints them. */
export interface DemoReport {
  readonly fault: Fault;
  readonly mode: Mode;
  readonly calls: number;
  /** Calls by name that failed. */
  readonly errors: number;
  readonly retries: number;
  readonly moves: number;
  /** Who answered the call before the fault. */
  readonly before: { readonly provider: Role | null };
  /** Who answered the call after the fault. */
  readonly after: { readonly provider: Role | null };
  /** The call to the primary's node id, after the fault. */
  readonly pinned: { readonly failed: boolean; readonly kind: string | null };
  readonly worstCallMs: number;
  /** Fault sent → first answer of the standby to a call that started after it. */
  readonly failoverMs: number | null;
  /** The longest that the caller's event loop was late during the run. */
  readonly loopDelayMs: number;
  readonly answeredBy: Readonly<Record<Role, number>>;
}

/** Milliseconds as they are shown: to a tenth. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
