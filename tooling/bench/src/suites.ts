import type { Suite } from "./suite.ts";
import { indexSuite } from "./suites/capability-index/suite.ts";
import { computeSuite } from "./suites/compute/suite.ts";
import { failoverSuite } from "./suites/failover/suite.ts";
import { nrpcSuite } from "./suites/nrpc/suite.ts";
import { transportSuite } from "./suites/transport/suite.ts";

/** Every suite there is. */
export const suites: readonly Suite[] = [
  nrpcSuite,
  failoverSuite,
  transportSuite,
  indexSuite,
  computeSuite,
];
