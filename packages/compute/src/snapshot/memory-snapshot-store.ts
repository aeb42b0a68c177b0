import { fromHex } from "@selvage/core";
import { type EntityId, formatEntityId, parseEntityId } from "@selvage/identity";

import { DEFAULT_MAX_STORED_ENTITIES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import { decodeSnapshot } from "./decode-snapshot.ts";
import { encodeSnapshot } from "./encode-snapshot.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import { comparePositions, type SnapshotPosition, type StateSnapshot } from "./state-snapshot.ts";

/** Configuration of a {@link MemorySnapshotStore}. */
export interface MemorySnapshotStoreConfig {
  /** Entities known at once, removed ones among them; default {@link DEFAULT_MAX_STORED_ENTITIES}. */
  readonly maxEntities?: number | undefined;
}

interface Entry {
  readonly latest: SnapshotPosition;
  readonly bytes: Uint8Array | undefined;
}

/** A {@link SnapshotStore} that lives as long as its process. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntities: number;

  constructor({ maxEntities = DEFAULT_MAX_STORED_ENTITIES }: MemorySnapshotStoreConfig = {}) {
    this.#maxEntities = maxEntities;
  }

  async store(snapshot: StateSnapshot): Promise<boolean> {
    const id = formatEntityId(snapshot.entityId);
    const entry = this.#entries.get(id);
    if (entry !== undefined && comparePositions(snapshot, entry.latest) <= 0) return false;
    if (entry === undefined && this.#entries.size >= this.#maxEntities) {
      throw new ComputeError("buffer-full", `the store knows its ${this.#maxEntities} entities`);
    }
    const { term, throughDelivery } = snapshot;
    const bytes = encodeSnapshot(snapshot);
    this.#entries.set(id, { latest: { term, throughDelivery }, bytes });
    return Promise.resolve(true);
  }

  async load(entityId: EntityId): Promise<StateSnapshot | undefined> {
    const bytes = this.#entries.get(formatEntityId(entityId))?.bytes;
    if (bytes === undefined) return undefined;
    return Promise.resolve(decodeSnapshot(bytes, { maxStateBytes: bytes.length }));
  }

  async remove(entityId: EntityId): Promise<boolean> {
    const id = formatEntityId(entityId);
    const entry = this.#entries.get(id);
    if (entry?.bytes === undefined) return false;
    this.#entries.set(id, { latest: entry.latest, bytes: undefined });
    return Promise.resolve(true);
  }

  async forget(entityId: EntityId): Promise<void> {
    this.#entries.delete(formatEntityId(entityId));
    return Promise.resolve();
  }

  async list(): Promise<readonly EntityId[]> {
    const stored = [...this.#entries].filter(([, { bytes }]) => bytes !== undefined);
    return Promise.resolve(
      stored
        .map(([id]) => id)
        .toSorted()
        .map((id) => parseEntityId(fromHex(id))),
    );
  }
}
