import type { OriginHash } from "@selvage/identity";

import { MAX_EVENT_SEED_BYTES } from "../defaults.ts";
import { ComputeError, type ComputeFault } from "../errors.ts";
import type { Term } from "./term.ts";

/**
 * What a daemon processes. Everything that decides about the outcome is in it, time and randomness
 * too, so that every copy of the daemon comes to the same.
 */
export interface DaemonEvent {
  /** Who made it. */
  readonly producer: OriginHash;
  /**
   * Which run of the producer: higher each time that it starts anew, such as the wall time of its
   * start. What an older run sent is then refused.
   */
  readonly incarnation: number;
  /** Which event of that run, from 1; a repeated event has the number of the first. */
  readonly sequence: number;
  /** Not to be written to, neither by the daemon nor by who delivers it. */
  readonly payload: Uint8Array;
  /** The wall time that the daemon takes it for, in milliseconds. */
  readonly timeMs: number;
  /** What randomness grows from, at most {@link MAX_EVENT_SEED_BYTES} bytes. */
  readonly seed: Uint8Array;
}

/** An event with its place among those that a daemon applied, as a standby keeps it. */
export interface StoredEvent {
  /** The first event that a daemon applies has 1. */
  readonly index: number;
  readonly term: Term;
  readonly event: DaemonEvent;
}

const ORIGIN_HASH = /^[0-9a-f]{32}$/;

/**
 * Checks what came from elsewhere.
 *
 * @throws {@link ComputeError} with kind `bad-event`.
 */
export function checkEvent(event: DaemonEvent, maxPayloadBytes: number): void {
  const { producer, incarnation, sequence, payload, timeMs, seed } = event;
  if (!ORIGIN_HASH.test(producer)) {
    throw badEvent("origin", "producer must be an origin hash");
  }
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) {
    throw badEvent("limit", `incarnation must be a safe integer of at least 0, got ${incarnation}`);
  }
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw badEvent("limit", `sequence must be a safe integer of at least 1, got ${sequence}`);
  }
  if (!Number.isFinite(timeMs)) throw badEvent("limit", `timeMs must be finite, got ${timeMs}`);
  checkBytes("payload", payload, maxPayloadBytes);
  checkBytes("seed", seed, MAX_EVENT_SEED_BYTES);
}

function checkBytes(name: string, value: unknown, limit: number): void {
  if (!(value instanceof Uint8Array)) throw badEvent("inconsistent", `${name} must be bytes`);
  if (value.length > limit) {
    throw badEvent("limit", `${name} has ${value.length} bytes, more than ${limit}`);
  }
}

function badEvent(reason: ComputeFault, message: string): ComputeError {
  return new ComputeError("bad-event", message, { reason });
}
