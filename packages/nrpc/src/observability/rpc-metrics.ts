import type { Listen } from "@selvage/core";

import type { CallEvent, CallStart } from "../client/call-event.ts";
import { MAX_METRIC_SERVICES, OVERFLOW_SERVICE, UNKNOWN_SERVICE } from "../defaults.ts";
import { type MadeCallMetrics, MadeCalls } from "./made-calls.ts";
import type { ServedCallEvent, ServedCallStart } from "./served-call.ts";
import { type ServedCallMetrics, ServedCalls } from "./served-calls.ts";

/** Where the calls that a node makes can be heard of: an `RpcClient`. */
export interface MadeCallSource {
  readonly onCallStart: Listen<CallStart>;
  readonly onCall: Listen<CallEvent>;
}

/** Where the calls that a node serves can be heard of: an `RpcServer`. */
export interface ServedCallSource {
  readonly onServedStart: Listen<ServedCallStart>;
  readonly onServed: Listen<ServedCallEvent>;
}

/** What is counted. */
export interface RpcMetricsSources {
  readonly client?: MadeCallSource | undefined;
  readonly server?: ServedCallSource | undefined;
}

/** Construction options of {@link RpcMetrics}. */
export interface RpcMetricsConfig {
  /** Services counted apart, each way; all others are counted together. Default 4,096. */
  readonly maxServices?: number | undefined;
}

/** What was counted so far, in the order of the services' names. */
export interface RpcMetricsSnapshot {
  readonly made: readonly MadeCallMetrics[];
  readonly served: readonly ServedCallMetrics[];
}

/**
 * Counts calls by service: those that a client makes, and those that a server serves. Names beyond
 * the bound are counted as `__overflow__`, names that nobody serves here as `__unknown__`, so that
 * callers cannot make it grow.
 */
export class RpcMetrics implements Disposable {
  readonly #made: Map<string, MadeCalls> = new Map();
  readonly #served: Map<string, ServedCalls> = new Map();
  readonly #maxServices: number;
  readonly #subscriptions: readonly Disposable[];

  /** @throws RangeError if `maxServices` is no whole number of at least 1. */
  constructor(
    { client, server }: RpcMetricsSources,
    { maxServices = MAX_METRIC_SERVICES }: RpcMetricsConfig = {},
  ) {
    if (!Number.isSafeInteger(maxServices) || maxServices < 1) {
      throw new RangeError(`maxServices must be a whole number of at least 1, got ${maxServices}`);
    }
    this.#maxServices = maxServices;
    this.#subscriptions = [
      client?.onCallStart(({ service }) => this.#callsTo(service).start()),
      client?.onCall((event) => this.#callsTo(event.service).end(event)),
      server?.onServedStart(({ service }) => this.#callsOf(service).start()),
      server?.onServed((event) => {
        const isUnknown = event.outcome === "not-found" && !event.isStarted;
        this.#callsOf(isUnknown ? UNKNOWN_SERVICE : event.service).end(event);
      }),
    ].filter((subscription) => subscription !== undefined);
  }

  /** What was counted so far; it does not change any more. */
  snapshot(): RpcMetricsSnapshot {
    return { made: sorted(this.#made), served: sorted(this.#served) };
  }

  /** Counts nothing more. */
  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #callsTo(service: string): MadeCalls {
    return this.#entry(this.#made, service, (name) => new MadeCalls(name));
  }

  #callsOf(service: string): ServedCalls {
    return this.#entry(this.#served, service, (name) => new ServedCalls(name));
  }

  /** The first names get an entry each, the others share one. */
  #entry<T>(entries: Map<string, T>, service: string, make: (name: string) => T): T {
    const known = entries.get(service);
    if (known !== undefined) return known;
    const isFull = entries.size >= this.#maxServices && service !== OVERFLOW_SERVICE;
    if (isFull) return this.#entry(entries, OVERFLOW_SERVICE, make);
    const made = make(service);
    entries.set(service, made);
    return made;
  }
}

function sorted<T>(entries: ReadonlyMap<string, { snapshot(): T }>): T[] {
  const names = [...entries.keys()].toSorted();
  return names.flatMap((name) => entries.get(name)?.snapshot() ?? []);
}
