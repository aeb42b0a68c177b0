import type { Listen } from "@selvage/core";
import type { EntityId, OriginHash } from "@selvage/identity";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { DaemonHost, DaemonStats, DeliverOptions } from "../daemon/daemon-host.ts";
import type { AppliedEvent, Delivery } from "../daemon/delivery.ts";
import type { DaemonRegistry } from "../registry/daemon-registry.ts";
import type { StateSnapshot } from "../snapshot/state-snapshot.ts";

/**
 * One daemon of a runtime. It does not keep the daemon alive, nor does letting go of it stop the
 * daemon; once the daemon was stopped or replaced, everything fails with kind `stale`.
 */
export interface DaemonHandle {
  readonly originHash: OriginHash;
  readonly entityId: EntityId;
  /** Tells of every event that is applied, in order. */
  readonly onApplied: Listen<AppliedEvent>;
  /** See {@link DaemonHost.deliver}. */
  deliver(event: DaemonEvent, options?: DeliverOptions): Delivery;
  /** See {@link DaemonHost.takeSnapshot}. */
  snapshot(): StateSnapshot | undefined;
  stats(): DaemonStats;
  /** See {@link DaemonRuntime.stop}. */
  stop(): Promise<void>;
}

/** A handle on a host that is registered now. */
export function createHandle(
  host: DaemonHost,
  registry: DaemonRegistry,
  stop: () => Promise<void>,
): DaemonHandle {
  const current = (): DaemonHost => {
    registry.assertCurrent(host);
    return host;
  };
  return {
    originHash: host.originHash,
    entityId: host.identity.entityId,
    onApplied: host.onApplied,
    deliver: (event, options) => registry.deliver(current().originHash, event, options),
    snapshot: () => current().takeSnapshot(),
    stats: () => current().stats(),
    stop: async () => {
      current();
      await stop();
    },
  };
}
