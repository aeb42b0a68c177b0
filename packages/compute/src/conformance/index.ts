/**
 * What every snapshot store and term authority must do, for those who write one.
 *
 * @packageDocumentation
 */
export {
  type ConformanceCheck,
  snapshotStoreConformance,
  type SnapshotStoreBench,
} from "./snapshot-store.ts";
export { termAuthorityConformance, type TermAuthorityBench } from "./term-authority.ts";
