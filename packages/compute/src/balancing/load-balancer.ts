import { type Clock, type Random, systemClock, systemRandom } from "@selvage/core";

import {
  DEFAULT_CIRCUIT_FAILURES,
  DEFAULT_CIRCUIT_OPEN_MS,
  DEFAULT_MAX_CONNECTIONS,
} from "../defaults.ts";
import { createStrategy } from "./create-strategy.ts";
import {
  Endpoint,
  type EndpointLimits,
  type EndpointStats,
  type EndpointTraits,
} from "./endpoint.ts";
import { keyOf, type RequestContext } from "./request-context.ts";
import type { BalancingStrategy, BalancingStrategyName } from "./strategy.ts";

/** The parts of a {@link LoadBalancer}. */
export interface LoadBalancerParts {
  /** Default the real one. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
}

/** Configuration of a {@link LoadBalancer}. */
export interface LoadBalancerConfig {
  /** Default `round-robin`. */
  readonly strategy?: BalancingStrategyName | undefined;
  /** Requests under way at one endpoint; default {@link DEFAULT_MAX_CONNECTIONS}. */
  readonly maxConnections?: number | undefined;
  /** Failures in a row that open a circuit; default {@link DEFAULT_CIRCUIT_FAILURES}. */
  readonly circuitFailures?: number | undefined;
  /** How long it is open, in milliseconds; default {@link DEFAULT_CIRCUIT_OPEN_MS}. */
  readonly circuitOpenMs?: number | undefined;
  /** Whether other zones are used if none that is preferred has anybody; default `true`. */
  readonly zoneFallback?: boolean | undefined;
}

/** A request that has its place at an endpoint. Dispose it if nobody knows how it went. */
export interface Reservation extends Disposable {
  readonly id: string;
  /** Gives the place back and tells how it went. Only the first time counts. */
  complete(ok: boolean): void;
}

/** Chooses endpoints for requests. */
export class LoadBalancer {
  readonly #clock: Clock;
  readonly #limits: EndpointLimits;
  readonly #strategy: BalancingStrategy;
  readonly #zoneFallback: boolean;
  readonly #endpoints = new Map<string, Endpoint>();
  #all: readonly Endpoint[] = [];

  constructor(
    { clock = systemClock, random = systemRandom }: LoadBalancerParts = {},
    {
      strategy = "round-robin",
      maxConnections = DEFAULT_MAX_CONNECTIONS,
      circuitFailures = DEFAULT_CIRCUIT_FAILURES,
      circuitOpenMs = DEFAULT_CIRCUIT_OPEN_MS,
      zoneFallback = true,
    }: LoadBalancerConfig = {},
  ) {
    this.#clock = clock;
    this.#strategy = createStrategy(strategy, random);
    this.#zoneFallback = zoneFallback;
    this.#limits = {
      maxConnections: atLeast("maxConnections", maxConnections, 1),
      circuit: {
        failures: atLeast("circuitFailures", circuitFailures, 1),
        openMs: atLeast("circuitOpenMs", circuitOpenMs, 0),
      },
    };
  }

  /** Adds an endpoint, or changes what is known of one; what is not named stays. */
  set(id: string, traits: EndpointTraits = {}): void {
    const known = this.#endpoints.get(id);
    if (known !== undefined) {
      known.update(traits);
      return;
    }
    this.replace(id, traits);
  }

  /** Puts a new endpoint in the place of one that has the same id: nothing is known of it yet. */
  replace(id: string, traits: EndpointTraits = {}): void {
    this.#endpoints.set(id, new Endpoint(id, traits, this.#clock, this.#limits));
    this.#changed();
  }

  /** Removes an endpoint and all that was learnt of it. */
  remove(id: string): void {
    if (this.#endpoints.delete(id)) this.#changed();
  }

  /** An endpoint for a request, without taking a place there; `undefined` if none is available. */
  select(context: RequestContext = {}): string | undefined {
    return this.#pick(context)?.id;
  }

  /**
   * An endpoint for a request, with a place there; `undefined` if none is available.
   *
   * @param except Endpoints that were tried already.
   */
  reserve(context: RequestContext = {}, except?: ReadonlySet<string>): Reservation | undefined {
    const endpoint = this.#pick(context, except);
    return endpoint && reservationAt(endpoint, this.#clock);
  }

  /** Figures of all endpoints, in the order in which they were added. */
  stats(): readonly EndpointStats[] {
    return this.#all.map((endpoint) => endpoint.stats());
  }

  #pick(context: RequestContext, except?: ReadonlySet<string>): Endpoint | undefined {
    const available = this.#all.filter(
      (endpoint) => except?.has(endpoint.id) !== true && endpoint.isAvailableFor(context),
    );
    const eligible = this.#inZone(available, context);
    return eligible.length > 0 ? this.#strategy.pick(eligible, keyOf(context)) : undefined;
  }

  #inZone(
    available: readonly Endpoint[],
    { clientZone, preferredZones }: RequestContext,
  ): readonly Endpoint[] {
    const zones = preferredZones ?? (clientZone === undefined ? [] : [clientZone]);
    if (zones.length === 0) return available;
    const near = available.filter(({ zone }) => zone !== undefined && zones.includes(zone));
    return near.length > 0 || !this.#zoneFallback ? near : available;
  }

  #changed(): void {
    this.#all = [...this.#endpoints.values()];
    this.#strategy.changed?.(this.#all);
  }
}

function reservationAt(endpoint: Endpoint, clock: Clock): Reservation {
  const since = clock.now();
  const isProbe = endpoint.enter();
  let isHeld = true;
  const leave = (ok?: boolean): void => {
    if (!isHeld) return;
    isHeld = false;
    endpoint.leave(isProbe, ok === undefined ? undefined : { ok, ms: clock.now() - since });
  };
  return { id: endpoint.id, complete: leave, [Symbol.dispose]: () => leave() };
}

function atLeast(name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw new RangeError(`${name} must be at least ${least}, got ${value}`);
}
