import type { OriginHash } from "@selvage/identity";

import type { DaemonHostConfig } from "../daemon/host-config.ts";

/** What a host needs to make a member. */
export interface SpawnOrder {
  /** How the member works: a name that the host has a {@link MemberProgram} for. */
  readonly program: string;
  /** The kind of its daemon: a name that the host has a factory for. */
  readonly kind: string;
  /** The secret that the member's identity grows from. Travels in encrypted sessions only. */
  readonly seed: Uint8Array;
  /** What the member's chain begins as; `undefined`: as its own. */
  readonly fork: { readonly parent: OriginHash; readonly sequence: number } | undefined;
  /** Limits of the daemon, the same for all members. */
  readonly hostConfig: DaemonHostConfig;
  /** For the program; empty if it needs nothing. */
  readonly config: Uint8Array;
}
