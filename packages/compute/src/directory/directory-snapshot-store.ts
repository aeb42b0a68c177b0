import path from "node:path";

import { equalBytes, fromHex } from "@selvage/core";
import { type EntityId, formatEntityId, parseEntityId } from "@selvage/identity";

import {
  DEFAULT_MAX_STATE_BYTES,
  MAX_BINDINGS_BYTES,
  MAX_FRAME_BYTES,
  MAX_PRODUCER_TABLE_BYTES,
} from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import { decodeSnapshot } from "../snapshot/decode-snapshot.ts";
import { encodeSnapshot } from "../snapshot/encode-snapshot.ts";
import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import {
  comparePositions,
  type SnapshotPosition,
  type StateSnapshot,
} from "../snapshot/state-snapshot.ts";
import { decodeMark, encodeMark, MARK_BYTES } from "./mark-codec.ts";
import { type SnapshotFiles, systemFiles } from "./snapshot-files.ts";

/** Configuration of a {@link DirectorySnapshotStore}. */
export interface DirectorySnapshotStoreConfig {
  /** The largest state, in bytes; default {@link DEFAULT_MAX_STATE_BYTES}. */
  readonly maxStateBytes?: number | undefined;
  /** Default those of the operating system. */
  readonly files?: SnapshotFiles | undefined;
}

const SNAPSHOT = ".snapshot";
const MARK = ".mark";
const TEMPORARY = ".tmp";
const SNAPSHOT_NAME = /^([0-9a-f]{64})\.snapshot$/;

/**
 * A {@link SnapshotStore} in a directory, for one process at a time: two files per entity, the snapshot
 * and the mark, which says how far snapshots were.
 *
 * A file is written beside its place, synced, renamed into it, and the directory synced: whenever the
 * process or the machine stops, the snapshot is the old one or the new one, whole. Damage by other
 * causes is found by checksums, and reported instead of being restored; a later snapshot takes the
 * place of a damaged one.
 */
export class DirectorySnapshotStore implements SnapshotStore {
  readonly #directory: string;
  readonly #files: SnapshotFiles;
  readonly #maxStateBytes: number;
  /** What is done for an entity waits for what was asked before; by id. */
  readonly #queues = new Map<string, Promise<unknown>>();
  /** How far snapshots are, once that was found out: not to read a large file at each store. */
  readonly #latest = new Map<string, SnapshotPosition>();
  #ready: Promise<void> | undefined;

  /** The directory is made with the first use. */
  constructor(
    directory: string,
    {
      maxStateBytes = DEFAULT_MAX_STATE_BYTES,
      files = systemFiles,
    }: DirectorySnapshotStoreConfig = {},
  ) {
    this.#directory = path.resolve(directory);
    this.#files = files;
    this.#maxStateBytes = maxStateBytes;
  }

  store(snapshot: StateSnapshot): Promise<boolean> {
    const { entityId, term, throughDelivery, state } = snapshot;
    return this.#queued(entityId, "store", async () => {
      const id = formatEntityId(entityId);
      if (state.length > this.#maxStateBytes) {
        throw new ComputeError(
          "state-too-large",
          `a state of ${state.length} bytes is more than ${this.#maxStateBytes}`,
        );
      }
      const latest = this.#latest.get(id) ?? (await this.#findLatest(entityId));
      if (latest !== undefined && comparePositions(snapshot, latest) <= 0) return false;
      // Unknown until both files are written.
      this.#latest.delete(id);
      await this.#replace(this.#file(entityId, SNAPSHOT), encodeSnapshot(snapshot));
      // Second, so that it never speaks of a snapshot that was not stored.
      await this.#mark(entityId, { term, throughDelivery });
      if (this.#latest.size >= MAX_CACHED_POSITIONS) this.#latest.clear();
      this.#latest.set(id, { term, throughDelivery });
      return true;
    });
  }

  load(entityId: EntityId): Promise<StateSnapshot | undefined> {
    return this.#queued(entityId, "load", () => this.#read(entityId));
  }

  remove(entityId: EntityId): Promise<boolean> {
    return this.#queued(entityId, "remove", async () => {
      const { latest, isThere, isDamaged } = await this.#survey(entityId);
      if (!isThere) return false;
      if (latest === undefined && isDamaged) throw this.#unknown(entityId);
      if (latest !== undefined) await this.#mark(entityId, latest);
      await this.#unlink(this.#file(entityId, SNAPSHOT));
      return true;
    });
  }

  forget(entityId: EntityId): Promise<void> {
    return this.#queued(entityId, "forget", async () => {
      this.#latest.delete(formatEntityId(entityId));
      await this.#unlink(this.#file(entityId, SNAPSHOT));
      await this.#unlink(this.#file(entityId, MARK));
    });
  }

  async list(): Promise<readonly EntityId[]> {
    const names = await guarded("list", async () => {
      await this.#prepare();
      return this.#files.list(this.#directory);
    });
    return names
      .flatMap((name) => SNAPSHOT_NAME.exec(name)?.[1] ?? [])
      .toSorted()
      .map((id) => parseEntityId(fromHex(id)));
  }

  async #findLatest(entityId: EntityId): Promise<SnapshotPosition | undefined> {
    const { latest, isDamaged } = await this.#survey(entityId);
    // Nothing says how far they were: what is damaged may have been later than anything.
    if (latest === undefined && isDamaged) throw this.#unknown(entityId);
    return latest;
  }

  /** How far snapshots were, as far as what is undamaged tells. */
  async #survey(entityId: EntityId): Promise<{
    readonly latest: SnapshotPosition | undefined;
    readonly isThere: boolean;
    /** There is a mark or a snapshot that cannot be read. */
    readonly isDamaged: boolean;
  }> {
    let latest: SnapshotPosition | undefined;
    let isDamaged = false;
    let isThere = false;
    const consider = async (
      read: () => Promise<SnapshotPosition | undefined>,
    ): Promise<boolean> => {
      try {
        const found = await read();
        if (found === undefined) return false;
        if (latest === undefined || comparePositions(found, latest) > 0) latest = found;
      } catch (error) {
        if (!isComputeError(error, "bad-snapshot")) throw error;
        isDamaged = true;
      }
      return true;
    };
    await consider(() => this.#readMark(entityId));
    isThere = await consider(() => this.#read(entityId));
    return { latest, isThere, isDamaged };
  }

  async #read(entityId: EntityId): Promise<StateSnapshot | undefined> {
    const limit = this.#maxStateBytes + MAX_OTHER_BYTES;
    const bytes = await this.#files.read(this.#file(entityId, SNAPSHOT), limit + 1);
    if (bytes === undefined) return undefined;
    if (bytes.length > limit) {
      const message = `the file of ${formatEntityId(entityId)} is larger than ${limit} bytes`;
      throw new ComputeError("bad-snapshot", message, { reason: "limit" });
    }
    const snapshot = decodeSnapshot(bytes, { maxStateBytes: this.#maxStateBytes });
    if (equalBytes(snapshot.entityId, entityId)) return snapshot;
    const message = `the file of ${formatEntityId(entityId)} has the snapshot of somebody else`;
    throw new ComputeError("bad-snapshot", message, { reason: "origin" });
  }

  async #readMark(entityId: EntityId): Promise<SnapshotPosition | undefined> {
    const bytes = await this.#files.read(this.#file(entityId, MARK), MARK_BYTES + 1);
    return bytes && decodeMark(entityId, bytes);
  }

  #mark(entityId: EntityId, position: SnapshotPosition): Promise<void> {
    return this.#replace(this.#file(entityId, MARK), encodeMark(entityId, position));
  }

  async #replace(file: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${file}${TEMPORARY}`;
    await this.#files.write(temporary, bytes);
    await this.#files.sync(temporary);
    await this.#files.rename(temporary, file);
    await this.#files.syncDirectory(this.#directory);
  }

  async #unlink(file: string): Promise<void> {
    await this.#files.remove(file);
    await this.#files.syncDirectory(this.#directory);
  }

  #file(entityId: EntityId, suffix: string): string {
    return path.join(this.#directory, `${formatEntityId(entityId)}${suffix}`);
  }

  #unknown(entityId: EntityId): ComputeError {
    return new ComputeError(
      "bad-snapshot",
      `what is stored of ${formatEntityId(entityId)} is damaged, and with it how far it was; ` +
        "forget it to begin anew",
      { reason: "inconsistent" },
    );
  }

  /** Once, or again after a failure. */
  #prepare(): Promise<void> {
    this.#ready ??= this.#makeDirectory().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #makeDirectory(): Promise<void> {
    await this.#files.makeDirectory(this.#directory);
    await this.#files.syncDirectory(path.dirname(this.#directory));
  }

  #queued<T>(entityId: EntityId, what: string, act: () => Promise<T>): Promise<T> {
    const id = formatEntityId(entityId);
    const before = this.#queues.get(id) ?? Promise.resolve();
    const run = async (): Promise<T> => {
      await this.#prepare();
      return act();
    };
    const result = before.then(() => guarded(what, run));
    const done = result.then(nothing, nothing).then(() => {
      if (this.#queues.get(id) === done) this.#queues.delete(id);
    });
    this.#queues.set(id, done);
    return result;
  }
}

/** What a snapshot may have beside its state, in bytes. */
const MAX_OTHER_BYTES: number =
  MAX_FRAME_BYTES + MAX_PRODUCER_TABLE_BYTES + MAX_BINDINGS_BYTES + 200_000;

/** Entities whose position is kept at hand. */
const MAX_CACHED_POSITIONS = 10_000;

function nothing(): void {}

/** Errors of the file system become ours. */
async function guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (isComputeError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ComputeError("store-failed", `${what} failed: ${message}`, { cause });
  }
}
