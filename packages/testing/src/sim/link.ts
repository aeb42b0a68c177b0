import { LINK_QUEUE_MS } from "../defaults.ts";
import type { SeededRandom } from "../seeded.ts";

/** One direction between two nodes. */
export interface LinkConfig {
  /** Time on the way, in milliseconds. Default 1. */
  readonly latencyMs?: number | undefined;
  /** Up to this much more, drawn for each datagram, so that they overtake each other. Default 0. */
  readonly jitterMs?: number | undefined;
  /** Share of datagrams lost, 0 to 1. Default 0. */
  readonly lossRate?: number | undefined;
  /** Share of datagrams that arrive twice, 0 to 1. Default 0. */
  readonly duplicateRate?: number | undefined;
  /** Share of datagrams held back by {@link reorderMs}, 0 to 1. Default 0. */
  readonly reorderRate?: number | undefined;
  /** How long a reordered datagram is held back, in milliseconds. Default 10. */
  readonly reorderMs?: number | undefined;
  /** The largest datagram that passes, in bytes; larger ones vanish. Default 1,472. */
  readonly mtuBytes?: number | undefined;
  /**
   * Bits per second, counting 28 bytes of headers per datagram. What would wait longer than
   * {@link LINK_QUEUE_MS} is lost. Default unlimited.
   */
  readonly bandwidthBps?: number | undefined;
}

/** A link with every value present. */
export type FullLinkConfig = { readonly [K in keyof LinkConfig]-?: NonNullable<LinkConfig[K]> };

/** A quiet local network. */
export const DEFAULT_LINK: FullLinkConfig = {
  latencyMs: 1,
  jitterMs: 0,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderMs: 10,
  mtuBytes: 1_472,
  bandwidthBps: Number.POSITIVE_INFINITY,
};

/** Why the network lost a datagram on the way. */
export type LinkLoss = "loss" | "mtu" | "queue";

/** IPv4 and UDP headers. */
const HEADER_BYTES = 28;

/** The state of one direction: what it draws depends on nothing but its own traffic. */
export class Link {
  /** Overrides on top of the network's defaults. */
  overrides: LinkConfig = {};
  /** The defaults with the overrides. */
  config: FullLinkConfig;
  blocked = false;
  #freeAt = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom, config: FullLinkConfig) {
    this.#random = random;
    this.config = config;
  }

  /**
   * Sends one datagram at `now`; calls `arrive` with each time at which a copy arrives, or
   * answers why none does.
   */
  carry(now: number, bytes: number, arrive: (at: number) => void): LinkLoss | undefined {
    const { config } = this;
    if (bytes > config.mtuBytes) return "mtu";
    const start = Math.max(now, this.#freeAt);
    if (start - now > LINK_QUEUE_MS) return "queue";
    const sent = start + ((bytes + HEADER_BYTES) * 8000) / config.bandwidthBps;
    this.#freeAt = sent;
    if (this.#hits(config.lossRate)) return "loss";
    arrive(sent + this.#delay());
    if (this.#hits(config.duplicateRate)) arrive(sent + this.#delay());
    return undefined;
  }

  /** One way's worth of time for a message too small to queue, or `undefined` when it is lost. */
  ping(): number | undefined {
    return this.#hits(this.config.lossRate) ? undefined : this.#delay();
  }

  #delay(): number {
    const { config } = this;
    const jitter = config.jitterMs === 0 ? 0 : config.jitterMs * this.#random.next();
    const held = this.#hits(config.reorderRate) ? config.reorderMs : 0;
    return config.latencyMs + jitter + held;
  }

  #hits(rate: number): boolean {
    return rate > 0 && this.#random.next() < rate;
  }
}

/** Lays the values that are given over the full ones. */
export function mergeLink(base: FullLinkConfig, over: LinkConfig): FullLinkConfig {
  const given = Object.entries(over).filter(([, value]) => value !== undefined);
  const merged = { ...base, ...Object.fromEntries(given) };
  for (const key of ["lossRate", "duplicateRate", "reorderRate"] as const) {
    if (!(merged[key] >= 0 && merged[key] <= 1)) {
      throw new RangeError(`${key} must be between 0 and 1, got ${merged[key]}`);
    }
  }
  for (const key of ["latencyMs", "jitterMs", "reorderMs", "mtuBytes", "bandwidthBps"] as const) {
    if (!(merged[key] >= 0)) throw new RangeError(`${key} must be 0 or more, got ${merged[key]}`);
  }
  return merged;
}
