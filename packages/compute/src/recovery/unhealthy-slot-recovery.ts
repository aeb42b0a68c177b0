import type { MeshDaemon } from "../daemon/mesh-daemon.ts";
import type { DaemonRegistry } from "../registry/daemon-registry.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** What every group with slots on nodes does for those that lost theirs. */
export interface UnhealthySlotRecovery {
  /** Whether there is a slot that {@link tryRecover} could place. Cheap: asked at every tick. */
  hasUnhealthySlots(): boolean;
  /**
   * Tries to place unhealthy slots on nodes that are well now, and returns the slots that became
   * healthy: at once, or since the last call where placing takes longer than a call. It attempts at
   * most {@link MAX_RECOVERIES_PER_CALL} slots, and begins each time behind those it tried the last
   * time, so that none waits for ever.
   *
   * @param daemonFactory Makes a fresh daemon for each slot; the group gives it its identity.
   */
  tryRecover(
    scheduler: Scheduler,
    registry: DaemonRegistry,
    daemonFactory: () => MeshDaemon,
  ): readonly number[];
}
