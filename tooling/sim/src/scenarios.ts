import { discovery } from "./discovery/discovery.ts";
import { failover } from "./failover/failover.ts";
import { nrpc } from "./nrpc/nrpc.ts";
import type { Scenario } from "./scenario.ts";
import { transport } from "./transport/transport.ts";

/** All scenarios. */
export const scenarios: readonly Scenario[] = [failover, transport, nrpc, discovery];
