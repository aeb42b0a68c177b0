import type { Clock, NodeId } from "@selvage/core";

import { DEFAULT_LATENCY_DECAY_MS, DEFAULT_LATENCY_STALE_MS } from "../defaults.ts";

/** Pairs of a service and a provider that are remembered. */
const MAX_REMEMBERED = 4_096;

/** Hears of every attempt. */
export interface ProviderLoad {
  /** An attempt at a provider begins; what comes back is told its end. */
  started(service: string, nodeId: NodeId): LoadRecord;
  /**
   * It was answered, or it failed, at `endedAt` on the clock.
   *
   * @param outcome `ok`, the kind of what it failed with, or `cancelled` or `superseded`.
   */
  measured(record: LoadRecord, endedAt: number, durationMs: number, outcome: string): void;
  /** It is over: of an answer in several messages, the last one came. */
  ended(record: LoadRecord): void;
}

/** What the attempts of this node say about one service at one provider. */
export interface LoadRecord {
  /** Attempts under way. */
  readonly inFlight: number;
  /** How long answers took lately, in milliseconds; `undefined` before the first. */
  readonly latencyMs: number | undefined;
}

/**
 * How busy providers are with the calls of this node, and how fast they answer: a mean in which a
 * measurement counts the less the older it is, by a factor of e every ten seconds. In contrast to a
 * fixed factor per measurement it tells the same of a service that is called once a second and of
 * one that is called ten thousand times.
 */
export class ProviderLoads implements ProviderLoad {
  readonly #clock: Clock;
  readonly #services: Map<string, Map<NodeId, Measured>> = new Map();
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  started(service: string, nodeId: NodeId): LoadRecord {
    const record = this.#services.get(service)?.get(nodeId) ?? this.#add(service, nodeId);
    record.inFlight++;
    return record;
  }

  measured(record: LoadRecord, endedAt: number, durationMs: number, outcome: string): void {
    if (record instanceof Measured && tellsLatency(record, durationMs, outcome)) {
      record.measured(endedAt, durationMs);
    }
  }

  ended(record: LoadRecord): void {
    if (record instanceof Measured) record.inFlight--;
  }

  /** What is known; `undefined` if there was no attempt yet. */
  of(service: string, nodeId: NodeId): LoadRecord | undefined {
    return this.#services.get(service)?.get(nodeId);
  }

  /** All that is known. */
  *all(): Generator<{ readonly service: string; readonly nodeId: NodeId } & LoadRecord> {
    for (const [service, nodes] of this.#services) {
      for (const [nodeId, { inFlight, latencyMs }] of nodes) {
        yield { service, nodeId, inFlight, latencyMs };
      }
    }
  }

  /** Whether a provider has to be measured, for the first time or again after long. */
  isDue(record: LoadRecord | undefined): boolean {
    if (!(record instanceof Measured) || record.latencyMs === undefined) return true;
    return this.#clock.now() - record.measuredAt >= DEFAULT_LATENCY_STALE_MS;
  }

  #add(service: string, nodeId: NodeId): Measured {
    if (this.#size >= MAX_REMEMBERED) this.#makeRoom();
    let nodes = this.#services.get(service);
    if (nodes === undefined) this.#services.set(service, (nodes = new Map()));
    const record = new Measured();
    nodes.set(nodeId, record);
    this.#size++;
    return record;
  }

  /** Forgets the service that was called first; who is still in use is measured anew. */
  #makeRoom(): void {
    const [oldest] = this.#services;
    if (oldest === undefined) return;
    this.#size -= oldest[1].size;
    this.#services.delete(oldest[0]);
  }
}

/** A weighted sum of measurements and the sum of their weights, as of the last one. */
class Measured implements LoadRecord {
  inFlight = 0;
  measuredAt = 0;
  #sum = 0;
  #weight = 0;

  get latencyMs(): number | undefined {
    return this.#weight === 0 ? undefined : this.#sum / this.#weight;
  }

  measured(now: number, ms: number): void {
    const kept = Math.exp((this.measuredAt - now) / DEFAULT_LATENCY_DECAY_MS);
    this.#sum = this.#sum * kept + ms;
    this.#weight = this.#weight * kept + 1;
    this.measuredAt = now;
  }
}

/**
 * Whether an outcome says how fast the provider is. A handler's own error is an answer; any other
 * failure may come quickly from one that serves nobody. What was given up took at least that long,
 * which is news if the provider is known to be faster.
 */
function tellsLatency({ latencyMs }: LoadRecord, durationMs: number, outcome: string): boolean {
  if (outcome === "ok" || outcome === "application") return true;
  if (outcome === "timeout") return durationMs > (latencyMs ?? 0);
  const isGivenUp = outcome === "cancelled" || outcome === "superseded";
  return isGivenUp && latencyMs !== undefined && durationMs > latencyMs;
}
