/**
 * Keeps snapshots of daemons in a directory, through crashes and losses of power.
 *
 * @packageDocumentation
 */
export {
  DirectorySnapshotStore,
  type DirectorySnapshotStoreConfig,
} from "./directory-snapshot-store.ts";
export { type SnapshotFiles, systemFiles } from "./snapshot-files.ts";
