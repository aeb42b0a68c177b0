import type { EntityId } from "@selvage/identity";

import type { StateSnapshot } from "./state-snapshot.ts";

/**
 * Keeps the latest snapshot of each entity, and never goes back: what was once stored, even if it was
 * removed since, is not followed by something earlier.
 */
export interface SnapshotStore {
  /**
   * Keeps a snapshot in place of the one before. Once it resolves to `true`, the snapshot outlives
   * whatever the store promises to outlive; if it rejects, the one before is still there, or the new
   * one is.
   *
   * @returns `false`, and nothing changes, unless it is later than all that was stored of this entity,
   * see {@link comparePositions}.
   * @throws {@link ComputeError} with kind `store-failed`, `buffer-full`, `state-too-large` for what it
   * would not read again, or `bad-snapshot` if it cannot be told what was stored last.
   */
  store(snapshot: StateSnapshot): Promise<boolean>;
  /**
   * The latest snapshot of an entity; `undefined` if there is none.
   *
   * @throws {@link ComputeError} with kind `bad-snapshot` if what is there is damaged, `store-failed`
   * if it cannot be read.
   */
  load(entityId: EntityId): Promise<StateSnapshot | undefined>;
  /**
   * Removes a snapshot; `false` if there was none. How far it was is remembered.
   *
   * @throws {@link ComputeError} with kind `store-failed`.
   */
  remove(entityId: EntityId): Promise<boolean>;
  /**
   * Removes a snapshot and forgets how far it was: only for an entity that will never be heard again,
   * or must begin anew.
   *
   * @throws {@link ComputeError} with kind `store-failed`.
   */
  forget(entityId: EntityId): Promise<void>;
  /** The entities that have a snapshot, ordered by their bytes. */
  list(): Promise<readonly EntityId[]>;
}
