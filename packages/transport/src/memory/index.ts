/**
 * The in-process driver of `@selvage/transport`, for tests and single-process use.
 *
 * @packageDocumentation
 */
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
