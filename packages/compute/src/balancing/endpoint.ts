import type { Clock } from "@selvage/core";

import { Circuit, type CircuitConfig } from "./circuit.ts";
import type { RequestContext } from "./request-context.ts";

/** How an endpoint is known to feel. Only `healthy` and `degraded` ones get requests. */
export type EndpointHealth = "healthy" | "degraded" | "unhealthy" | "unknown";

/** What is known of an endpoint from elsewhere. */
export interface EndpointTraits {
  /** Default `healthy`. */
  readonly health?: EndpointHealth | undefined;
  /** Whether it is to get requests at all; default `true`. */
  readonly enabled?: boolean | undefined;
  /** Its share with strategies that go by weight, above 0; default 1. */
  readonly weight?: number | undefined;
  /** Where it is; default nowhere in particular. */
  readonly zone?: string | undefined;
  /** Default none. */
  readonly tags?: readonly string[] | undefined;
  /** From 0 to 1; default 0. */
  readonly cpuLoad?: number | undefined;
  /** From 0 to 1; default 0. */
  readonly memoryLoad?: number | undefined;
}

/** Limits that all endpoints of a balancer share. */
export interface EndpointLimits {
  readonly maxConnections: number;
  readonly circuit: CircuitConfig;
}

/** Figures of an endpoint. */
export interface EndpointStats {
  readonly id: string;
  /** Requests that are under way. */
  readonly connections: number;
  /** A mean in which older answers count less; 0 before the first. */
  readonly averageMs: number;
  /** The share of requests that failed, likewise. */
  readonly errorRate: number;
  readonly isCircuitOpen: boolean;
}

const HEALTH_WEIGHTS: Readonly<Record<EndpointHealth, number>> = {
  healthy: 1,
  degraded: 0.5,
  unhealthy: 0,
  unknown: 0,
};
/** How much the latest answer counts in means. */
const LATEST_SHARE = 0.2;
/** What counts as fully loaded. */
const FULL_CONNECTIONS = 10_000;
const FULL_MS = 1_000;

/** Somewhere that requests can go, and what became of those that went there. */
export class Endpoint {
  readonly id: string;
  readonly #limits: EndpointLimits;
  readonly #circuit: Circuit;
  #traits: EndpointTraits;
  #tags: ReadonlySet<string>;
  #connections = 0;
  #averageMs = 0;
  #errorRate = 0;
  #isMeasured = false;

  constructor(id: string, traits: EndpointTraits, clock: Clock, limits: EndpointLimits) {
    this.id = id;
    this.#limits = limits;
    this.#circuit = new Circuit(clock, limits.circuit);
    this.#traits = traits;
    this.#tags = new Set(traits.tags);
  }

  /** Changes what is known of it from elsewhere; what is not named stays. */
  update(traits: EndpointTraits): void {
    this.#traits = { ...this.#traits, ...traits };
    if (traits.tags !== undefined) this.#tags = new Set(traits.tags);
  }

  get zone(): string | undefined {
    return this.#traits.zone;
  }

  get connections(): number {
    return this.#connections;
  }

  get averageMs(): number {
    return this.#averageMs;
  }

  /** Its share: half of it if it is not well. */
  get weight(): number {
    const { weight = 1, health = "healthy" } = this.#traits;
    return (weight > 0 && Number.isFinite(weight) ? weight : 1) * HEALTH_WEIGHTS[health];
  }

  /** How loaded it is, from 0 to 1. */
  get load(): number {
    const { cpuLoad = 0, memoryLoad = 0 } = this.#traits;
    return (
      0.3 * share(cpuLoad) +
      0.2 * share(memoryLoad) +
      0.2 * share(this.#connections / FULL_CONNECTIONS) +
      0.15 * share(this.#averageMs / FULL_MS) +
      0.15 * this.#errorRate
    );
  }

  /** Whether a request may go there now. */
  isAvailableFor({ requiredTags }: RequestContext): boolean {
    const { enabled = true, health = "healthy" } = this.#traits;
    return (
      enabled &&
      HEALTH_WEIGHTS[health] > 0 &&
      this.#connections < this.#limits.maxConnections &&
      this.#circuit.isPassable &&
      (requiredTags === undefined || requiredTags.every((tag) => this.#tags.has(tag)))
    );
  }

  /** A request goes there; whether it is a probe of the circuit. */
  enter(): boolean {
    this.#connections++;
    return this.#circuit.enter();
  }

  /** A request left; `undefined`: nobody knows how it went. */
  leave(
    isProbe: boolean,
    outcome: { readonly ok: boolean; readonly ms: number } | undefined,
  ): void {
    this.#connections--;
    if (outcome === undefined) {
      this.#circuit.abandoned(isProbe);
      return;
    }
    const { ok, ms } = outcome;
    if (ok) this.#circuit.succeeded(isProbe);
    else this.#circuit.failed(isProbe);
    const weight = this.#isMeasured ? LATEST_SHARE : 1;
    this.#isMeasured = true;
    this.#averageMs += (ms - this.#averageMs) * weight;
    this.#errorRate += ((ok ? 0 : 1) - this.#errorRate) * weight;
  }

  stats(): EndpointStats {
    return {
      id: this.id,
      connections: this.#connections,
      averageMs: this.#averageMs,
      errorRate: this.#errorRate,
      isCircuitOpen: !this.#circuit.isPassable,
    };
  }
}

/** Within 0 and 1; nonsense is 0. */
function share(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0;
}
