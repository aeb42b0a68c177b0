/**
 * Virtual time, seeded randomness, a simulated network with faults, and conformance suites that
 * need no particular test runner.
 *
 * @packageDocumentation
 */
export { ManualClock, type ManualClockConfig } from "./manual-clock.ts";
export {
  seededEntropy,
  seededRandom,
  type Seed,
  type SeededEntropy,
  type SeededRandom,
} from "./seeded.ts";

export {
  createSimulation,
  type Simulation,
  type SimulationConfig,
  type SimNodeConfig,
} from "./simulation.ts";
export type { SimNode, SimNodeState } from "./sim/process.ts";
export type { SimBindOptions } from "./sim/driver.ts";
export type {
  DirectionOptions,
  InjectRoute,
  NodeGroup,
  NodeRef,
  SimNetwork,
  TapEvent,
} from "./sim/network.ts";
export type { LinkConfig } from "./sim/link.ts";
export type { DropReason, SimStats } from "./sim/stats.ts";

export type { ConformanceCheck } from "./conformance/check.ts";
export { datagramConformance, type DatagramBench } from "./conformance/datagram.ts";
export { streamConformance, type StreamBench } from "./conformance/stream.ts";

export {
  DEFAULT_LIMIT_MS,
  DEFAULT_MAX_DATAGRAM_BYTES,
  DEFAULT_RECEIVE_BUFFER_BYTES,
  DEFAULT_WALL_START_MS,
  FIRST_EPHEMERAL_PORT,
  LINK_QUEUE_MS,
  MAX_TURNS_AT_ONE_TIME,
  MIN_TIMER_MS,
  PROBE_WAIT_MS,
  TURN_DATAGRAMS,
} from "./defaults.ts";
export { DEFAULT_LINK, type FullLinkConfig } from "./sim/link.ts";
export { SimulationError, simulationErrorKinds, type SimulationErrorKind } from "./errors.ts";
