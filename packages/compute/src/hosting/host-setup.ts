import type { Clock, Logger, NodeId } from "@selvage/core";

import type { DaemonFactory } from "../daemon/mesh-daemon.ts";
import type { DaemonRegistry } from "../registry/daemon-registry.ts";
import type { MemberProgram } from "./hosted-member.ts";
import type { MemberHost } from "./member-host.ts";

/** What the members at a node are made with. */
export interface HostSetup {
  readonly nodeId: NodeId;
  readonly factories: (kind: string) => DaemonFactory | undefined;
  readonly programs: ReadonlyMap<string, MemberProgram>;
  readonly registry: DaemonRegistry;
  readonly peers: () => MemberHost;
  readonly clock: Clock;
  readonly logger: Logger;
}
