import type { Clock, Logger, NodeId, Random } from "@selvage/core";

import type { EndpointTraits } from "../balancing/endpoint.ts";
import type { LoadBalancerConfig } from "../balancing/load-balancer.ts";
import type { DaemonHostConfig } from "../daemon/host-config.ts";
import type { Term } from "../daemon/term.ts";
import type { CommandSigner } from "../hosting/command-signer.ts";
import type { MemberHost } from "../hosting/member-host.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { MemberPlacement, SpreadRule } from "./node-chooser.ts";

/** What a group works with. */
export interface GroupParts {
  /** The nodes that members can be on. */
  readonly hosts: MemberHost;
  /** Speaks for the group. */
  readonly signer: CommandSigner;
  /** Under whose authority; nobody else may use the same one, ever. */
  readonly term: Term;
  readonly scheduler: Scheduler;
  /** What is known of the node of a member, for who gets requests; default nothing. */
  readonly traitsOf?: ((nodeId: NodeId) => EndpointTraits) | undefined;
  /** Default the real one. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
  /** Default silent. */
  readonly logger?: Logger | undefined;
}

/** Configuration of a group, besides what its kind needs. */
export interface GroupConfig {
  /** The kind of daemon, as the hosts know it. It cannot be changed later. */
  readonly kind: string;
  /** What members ask of their nodes; default nothing. */
  readonly placement?: MemberPlacement | undefined;
  /** Default `strict`: so many members need so many nodes. */
  readonly spread?: SpreadRule | undefined;
  /** How requests are shared among members; default in turn. */
  readonly balancing?: LoadBalancerConfig | undefined;
  /** Limits of the daemons. */
  readonly hostConfig?: DaemonHostConfig | undefined;
  /** How long placing a member may take, in milliseconds; default {@link DEFAULT_PLACEMENT_DEADLINE_MS}. */
  readonly placementDeadlineMs?: number | undefined;
}
