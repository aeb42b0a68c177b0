import type { CapabilityFilter, CapabilitySet } from "@selvage/capability-index";

import type { DaemonEvent } from "./daemon-event.ts";

/** How a daemon feels. */
export type DaemonHealth =
  | { readonly status: "healthy" }
  | { readonly status: "degraded" | "unhealthy"; readonly reason: string };

/** What a supervisor tells a daemon. Unknown kinds are to be ignored. */
export type DaemonControl =
  /** It will be stopped after this time, in milliseconds. */
  | { readonly kind: "shutdown"; readonly gracePeriodMs: number }
  /** Its node goes into maintenance, and has this time for it, in milliseconds. */
  | { readonly kind: "drain-start"; readonly gracePeriodMs: number }
  /** The maintenance of its node is over. */
  | { readonly kind: "drain-finish" }
  /** It should produce less; 0 is hardly worth it, 1 the most urgent. */
  | { readonly kind: "backpressure-on"; readonly level: number }
  | { readonly kind: "backpressure-off" };

/** The state of a daemon: in one piece, or in parts that are joined; `undefined` if it has none. */
export type DaemonState = Uint8Array | Iterable<Uint8Array> | undefined;

/**
 * A stateful event processor that can be moved, copied and brought back.
 *
 * All methods are synchronous and done in microseconds; longer work happens elsewhere and comes back
 * as an event. The state is a function of the events alone: what the daemon needs of time and
 * randomness is in them.
 */
export interface MeshDaemon {
  /** For logs. */
  readonly name: string;
  /** What a node must have to take it; `{}` for any. */
  requirements(): CapabilityFilter;
  /** Tags that a node must have, too; default none. */
  requiredCapabilities?(): CapabilitySet;
  /** Tags that would be welcome at a node; default none. */
  optionalCapabilities?(): CapabilitySet;
  /**
   * Takes in an event and returns what it has to say, if anything; the payloads are copied. If it
   * throws, the event does not count, so it must throw before it changes anything.
   */
  process(event: DaemonEvent): readonly Uint8Array[];
  /** All that there is to know; default nothing. */
  snapshot?(): DaemonState;
  /** Becomes what {@link snapshot} told, in one piece; only daemons with state have it. */
  restore?(state: Uint8Array): void;
  /** Default healthy. Asked at each tick of a supervisor. */
  health?(): DaemonHealth;
  /** How busy it is, from 0 to 1; default 0. For information. */
  saturation?(): number;
  /** Hears a supervisor, never during `process`; default it does not listen. */
  onControl?(control: DaemonControl): void;
}

/** Makes a daemon as it is before its first event. */
export type DaemonFactory = () => MeshDaemon | Promise<MeshDaemon>;
