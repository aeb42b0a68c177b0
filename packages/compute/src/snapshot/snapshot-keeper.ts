import { type Logger, silentLogger } from "@selvage/core";

import type { DaemonHost } from "../daemon/daemon-host.ts";
import { DEFAULT_AUTO_SNAPSHOT_INTERVAL, DEFAULT_MAX_LOG_ENTRIES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** The parts of a {@link SnapshotKeeper}. */
export interface SnapshotKeeperParts {
  readonly host: DaemonHost;
  readonly store: SnapshotStore;
  /** Default silent. */
  readonly logger?: Logger | undefined;
}

/** When snapshots are stored without being asked for. */
export interface SnapshotPolicy {
  /** After so many events; default {@link DEFAULT_AUTO_SNAPSHOT_INTERVAL}, 0: never for this. */
  readonly autoSnapshotInterval?: number | undefined;
  /** At the latest after so many events, whatever the interval; default {@link DEFAULT_MAX_LOG_ENTRIES}. */
  readonly maxLogEntries?: number | undefined;
}

/** Figures of a {@link SnapshotKeeper}. */
export interface SnapshotKeeperStats {
  /** Events since the last snapshot that was stored, or is being stored. */
  readonly eventsSinceSnapshot: number;
  readonly stored: number;
  /** Snapshots that could not be taken or stored; the next event tries again. */
  readonly failures: number;
}

/**
 * Stores snapshots of a daemon as its events come in, one at a time: while one is being written, the
 * next waits and is then taken of the state at that time.
 */
export class SnapshotKeeper implements Disposable {
  readonly #host: DaemonHost;
  readonly #store: SnapshotStore;
  readonly #logger: Logger;
  readonly #interval: number;
  readonly #subscription: Disposable;
  /** The delivery index through which snapshots were stored, or found to be there. */
  #storedThrough: number;
  #takenThrough: number;
  #writing: Promise<void> | undefined;
  #isDisposed = false;
  #stored = 0;
  #failures = 0;

  /** @throws RangeError for an interval or limit that makes no sense. */
  constructor(
    { host, store, logger = silentLogger }: SnapshotKeeperParts,
    {
      autoSnapshotInterval = DEFAULT_AUTO_SNAPSHOT_INTERVAL,
      maxLogEntries = DEFAULT_MAX_LOG_ENTRIES,
    }: SnapshotPolicy = {},
  ) {
    const interval = atLeast("autoSnapshotInterval", autoSnapshotInterval, 0);
    const limit = atLeast("maxLogEntries", maxLogEntries, 1);
    this.#host = host;
    this.#store = store;
    this.#logger = logger;
    this.#interval = interval === 0 ? limit : Math.min(interval, limit);
    this.#storedThrough = host.deliveryIndex;
    this.#takenThrough = host.deliveryIndex;
    this.#subscription = host.onApplied(() => this.#storeIfDue());
  }

  /**
   * Stores a snapshot of what the daemon is now, and waits for it; nothing happens for a daemon without
   * state, and where nothing was applied since the last one.
   *
   * @throws {@link ComputeError} with kind `store-failed` if it is not stored, and as
   * {@link DaemonHost.takeSnapshot} does.
   */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#host.deliveryIndex !== this.#storedThrough) await this.#start();
  }

  stats(): SnapshotKeeperStats {
    return {
      eventsSinceSnapshot: this.#host.deliveryIndex - this.#takenThrough,
      stored: this.#stored,
      failures: this.#failures,
    };
  }

  /** Stores nothing any more by itself. What is being written is still written. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#subscription[Symbol.dispose]();
  }

  #storeIfDue(): void {
    if (this.#writing !== undefined || this.#isDisposed) return;
    if (this.#host.deliveryIndex - this.#storedThrough < this.#interval) return;
    this.#start().then(
      // More may have come in meanwhile; after a failure the next event tries again.
      () => this.#storeIfDue(),
      (error: unknown) => this.#logger.error("a snapshot was not stored", { error }),
    );
  }

  #start(): Promise<void> {
    const writing = this.#write();
    this.#writing = settled(writing, () => {
      this.#writing = undefined;
    });
    return writing;
  }

  /** Takes a snapshot at once, and stores it. */
  async #write(): Promise<void> {
    const through = this.#host.deliveryIndex;
    try {
      const snapshot = this.#host.takeSnapshot();
      this.#takenThrough = through;
      if (snapshot !== undefined && !(await this.#store.store(snapshot))) {
        throw new ComputeError(
          "store-failed",
          `the store has a snapshot of ${this.#host.originHash} later than event ${through}`,
          { retryable: false },
        );
      }
      this.#storedThrough = through;
      if (snapshot !== undefined) this.#stored++;
    } catch (error) {
      this.#failures++;
      this.#takenThrough = this.#storedThrough;
      throw error;
    }
  }
}

async function settled(promise: Promise<void>, then: () => void): Promise<void> {
  try {
    await promise;
  } catch {
    // Whoever asked for it hears of it.
  }
  then();
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
}
