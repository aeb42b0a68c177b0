import type { Clock, NodeId } from "@selvage/core";

import {
  DEFAULT_MAX_PENALTY_MS,
  DEFAULT_PENALTY_MEMORY_MS,
  DEFAULT_PENALTY_MS,
  DEFAULT_RAMP_MS,
  DEFAULT_RAMP_START,
} from "../defaults.ts";

/** Providers remembered; beyond that the longest blameless are forgotten. */
const MAX_REMEMBERED = 4_096;

interface Record {
  /** How often a penalty was doubled. */
  level: number;
  verdictAt: number;
  blockedUntil: number;
}

/**
 * Remembers which providers failed us lately. After a verdict a provider is avoided for a while,
 * longer each time, and then returns with a small share of the calls: no stampede, no flapping.
 */
export class ProviderHealth {
  readonly #clock: Clock;
  readonly #records: Map<NodeId, Record> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The provider failed us. Verdicts while it is avoided anyway only prolong that. */
  verdict(nodeId: NodeId): void {
    const now = this.#clock.now();
    const known = this.#records.get(nodeId);
    if (known === undefined) {
      this.#makeRoom();
      this.#records.set(nodeId, { level: 0, verdictAt: now, blockedUntil: now + penaltyMs(0) });
      return;
    }
    if (now >= known.blockedUntil) {
      const fresh = now - known.verdictAt < DEFAULT_PENALTY_MEMORY_MS;
      known.level = fresh ? known.level + 1 : 0;
    }
    known.verdictAt = now;
    known.blockedUntil = now + penaltyMs(known.level);
  }

  /** Forgets everything about a provider: its process is a new one. */
  reset(nodeId: NodeId): void {
    this.#records.delete(nodeId);
  }

  /** The share of its picks that the provider gets: 0 while avoided, 1 when blameless. */
  share(nodeId: NodeId): number {
    const known = this.#records.get(nodeId);
    if (known === undefined) return 1;
    const since = this.#clock.now() - known.blockedUntil;
    if (since < 0) return 0;
    return Math.min(1, DEFAULT_RAMP_START + (1 - DEFAULT_RAMP_START) * (since / DEFAULT_RAMP_MS));
  }

  #makeRoom(): void {
    if (this.#records.size < MAX_REMEMBERED) return;
    const [oldest] = [...this.#records].toSorted((a, b) => a[1].verdictAt - b[1].verdictAt);
    if (oldest !== undefined) this.#records.delete(oldest[0]);
  }
}

const penaltyMs = (level: number): number =>
  Math.min(DEFAULT_MAX_PENALTY_MS, DEFAULT_PENALTY_MS * 2 ** level);
