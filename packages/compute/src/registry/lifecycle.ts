import type { OriginHash } from "@selvage/identity";

import type { DaemonHealth } from "../daemon/mesh-daemon.ts";

/** What happened to a daemon of a {@link DaemonRegistry}. */
export type DaemonLifecycleEvent =
  | { readonly kind: "registered"; readonly origin: OriginHash; readonly name: string }
  | { readonly kind: "unregistered"; readonly origin: OriginHash; readonly name: string }
  /** It failed in an event, and the registry is told to count that as its end. */
  | {
      readonly kind: "crashed";
      readonly origin: OriginHash;
      readonly name: string;
      readonly reason: string;
    }
  | { readonly kind: "health-changed"; readonly origin: OriginHash; readonly health: DaemonHealth }
  | {
      readonly kind: "saturation-changed";
      readonly origin: OriginHash;
      /** From 0 to 1. */
      readonly saturation: number;
    };

/** Hears what happens to daemons. It must not block; what it throws is logged. */
export type DaemonLifecycleObserver = (event: DaemonLifecycleEvent) => void;
