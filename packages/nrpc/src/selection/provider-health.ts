import type { Clock, NodeId } from "@selvage/core";

import type { PenaltyStats } from "../client-stats.ts";
import {
  DEFAULT_MAX_PENALTY_MS,
  DEFAULT_PENALTY_MEMORY_MS,
  DEFAULT_PENALTY_MS,
  DEFAULT_RAMP_MS,
  DEFAULT_RAMP_START,
} from "../defaults.ts";
import { type BootIdOf, isReplaced } from "./boot-ids.ts";

/** Providers remembered; beyond that the longest blameless are forgotten. */
const MAX_REMEMBERED = 4_096;

interface Record {
  /** The process that failed us. */
  readonly bootId: string | undefined;
  /** How often a penalty was doubled. */
  level: number;
  verdictAt: number;
  blockedUntil: number;
}

/**
 * Remembers which providers failed us lately. After a verdict a provider is avoided for a while,
 * longer each time, and then returns with a small share of the calls: no stampede, no flapping. A
 * new process of it starts without blame.
 */
export class ProviderHealth {
  readonly #clock: Clock;
  readonly #bootIdOf: BootIdOf;
  readonly #records: Map<NodeId, Record> = new Map();

  constructor(clock: Clock, bootIdOf: BootIdOf) {
    this.#clock = clock;
    this.#bootIdOf = bootIdOf;
  }

  /**
   * The provider failed us. Verdicts while it is avoided anyway only prolong that, and those on a
   * process that is gone (`bootId` names it) say nothing about the one in its place.
   */
  verdict(nodeId: NodeId, bootId?: string): void {
    if (isReplaced(bootId, this.#bootIdOf(nodeId))) return;
    const now = this.#clock.now();
    const known = this.#recordOf(nodeId);
    if (known === undefined) {
      this.#makeRoom();
      const blockedUntil = now + penaltyMs(0);
      this.#records.set(nodeId, {
        bootId: bootId ?? this.#bootIdOf(nodeId),
        level: 0,
        verdictAt: now,
        blockedUntil,
      });
      return;
    }
    if (now >= known.blockedUntil) {
      const fresh = now - known.verdictAt < DEFAULT_PENALTY_MEMORY_MS;
      known.level = fresh ? known.level + 1 : 0;
    }
    known.verdictAt = now;
    known.blockedUntil = now + penaltyMs(known.level);
  }

  /** The share of its picks that the provider gets: 0 while avoided, 1 when blameless. */
  share(nodeId: NodeId): number {
    const known = this.#recordOf(nodeId);
    if (known === undefined) return 1;
    const since = this.#clock.now() - known.blockedUntil;
    if (since < 0) return 0;
    return Math.min(1, DEFAULT_RAMP_START + (1 - DEFAULT_RAMP_START) * (since / DEFAULT_RAMP_MS));
  }

  /** Who has less than its share now. */
  penalties(): PenaltyStats[] {
    const now = this.#clock.now();
    const all = [...this.#records.keys()].map((nodeId) => {
      const blockedUntil = this.#recordOf(nodeId)?.blockedUntil ?? now;
      return { nodeId, share: this.share(nodeId), avoidedMs: Math.max(0, blockedUntil - now) };
    });
    return all.filter(({ share }) => share < 1);
  }

  /** What is held against the present process of the provider. */
  #recordOf(nodeId: NodeId): Record | undefined {
    const known = this.#records.get(nodeId);
    if (known === undefined || !isReplaced(known.bootId, this.#bootIdOf(nodeId))) return known;
    this.#records.delete(nodeId);
    return undefined;
  }

  #makeRoom(): void {
    if (this.#records.size < MAX_REMEMBERED) return;
    let oldest: NodeId | undefined;
    let verdictAt = Number.POSITIVE_INFINITY;
    for (const [nodeId, record] of this.#records) {
      if (record.verdictAt < verdictAt) [oldest, verdictAt] = [nodeId, record.verdictAt];
    }
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}

const penaltyMs = (level: number): number =>
  Math.min(DEFAULT_MAX_PENALTY_MS, DEFAULT_PENALTY_MS * 2 ** level);
