import type { Clock } from "@selvage/core";

import {
  DEFAULT_REPLAY_BYTES,
  DEFAULT_REPLAY_ENTRIES,
  DEFAULT_REPLAY_TTL_MS,
} from "../defaults.ts";
import type { ReplayClaim, ReplayStore } from "./replay-store.ts";

/** Construction options of {@link MemoryReplayStore}. */
export interface MemoryReplayStoreConfig {
  readonly clock: Clock;
  /** How long answers are kept, in milliseconds. Default 10 minutes. */
  readonly ttlMs?: number | undefined;
  /** Calls remembered, running ones included. Default 65,536. */
  readonly maxEntries?: number | undefined;
  /** Bytes of all kept answers and ids. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** What a {@link MemoryReplayStore} holds. */
export interface MemoryReplayStoreStats {
  readonly entries: number;
  readonly bytes: number;
}

interface Entry {
  readonly digest: string;
  /** `undefined` while the call runs, and when the answer was too much. */
  answer: Uint8Array | undefined;
  bytes: number;
  /** Infinite while the call runs. */
  expiresAt: number;
}

/**
 * A {@link ReplayStore} in the memory of one process, which ends with it. Nothing is forgotten
 * before its time: when the bounds are reached, new keys are refused. An answer that would exceed the bound in bytes is not
 * kept, but its call is not run again either.
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #running: Map<string, Entry> = new Map();
  /** In the order in which they expire. */
  readonly #completed: Map<string, Entry> = new Map();
  #bytes = 0;

  /** @throws RangeError for a bound that is not above 0. */
  constructor({
    clock,
    ttlMs = DEFAULT_REPLAY_TTL_MS,
    maxEntries = DEFAULT_REPLAY_ENTRIES,
    maxBytes = DEFAULT_REPLAY_BYTES,
  }: MemoryReplayStoreConfig) {
    for (const [name, value] of Object.entries({ ttlMs, maxEntries, maxBytes })) {
      if (!(value > 0)) throw new RangeError(`${name} must be above 0, got ${value}`);
    }
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  claim(id: string, digest: string): ReplayClaim {
    this.#expire();
    const known = this.#running.get(id) ?? this.#completed.get(id);
    if (known !== undefined) return claimOf(known, digest);
    if (this.#size >= this.#maxEntries || this.#bytes + sizeOf(id) > this.#maxBytes) {
      return { state: "full" };
    }
    const entry: Entry = {
      digest,
      answer: undefined,
      bytes: sizeOf(id),
      expiresAt: Number.POSITIVE_INFINITY,
    };
    this.#running.set(id, entry);
    this.#bytes += entry.bytes;
    return {
      state: "claimed",
      complete: (answer) => {
        if (!this.#take(id, entry)) return;
        if (this.#bytes + answer.length <= this.#maxBytes) {
          entry.answer = answer;
          entry.bytes += answer.length;
          this.#bytes += answer.length;
        }
        entry.expiresAt = this.#clock.now() + this.#ttlMs;
        this.#completed.set(id, entry);
      },
      release: () => {
        if (this.#take(id, entry)) this.#bytes -= entry.bytes;
      },
    };
  }

  /** What it holds now; what has expired may be among it until the next claim. */
  stats(): MemoryReplayStoreStats {
    return { entries: this.#size, bytes: this.#bytes };
  }

  get #size(): number {
    return this.#running.size + this.#completed.size;
  }

  #take(id: string, entry: Entry): boolean {
    return this.#running.get(id) === entry && this.#running.delete(id);
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [id, { expiresAt, bytes }] of this.#completed) {
      if (expiresAt > now) return;
      this.#completed.delete(id);
      this.#bytes -= bytes;
    }
  }
}

function claimOf({ digest, answer, expiresAt }: Entry, asked: string): ReplayClaim {
  if (digest !== asked) return { state: "mismatch" };
  if (answer !== undefined) return { state: "completed", answer };
  return { state: expiresAt === Number.POSITIVE_INFINITY ? "running" : "forgotten" };
}

/** Characters take up to two bytes each. */
const sizeOf = (id: string): number => id.length * 2;
