import { failover } from "./failover/failover.ts";
import type { Scenario } from "./scenario.ts";

/** All scenarios. */
export const scenarios: readonly Scenario[] = [failover];
