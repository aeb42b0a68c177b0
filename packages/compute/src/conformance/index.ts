/**
 * What every snapshot store must do, for those who write one.
 *
 * @packageDocumentation
 */
export {
  type ConformanceCheck,
  snapshotStoreConformance,
  type SnapshotStoreBench,
} from "./snapshot-store.ts";
