import type { CallEvent } from "../client/call-event.ts";
import { FailureCounts } from "./failure-counts.ts";
import { LatencyHistogram, type LatencySnapshot } from "./latency-histogram.ts";

/** Of the calls of one service that a node made. Everything but `inFlight` only grows. */
export interface MadeCallMetrics {
  readonly service: string;
  /** Calls that have ended, well or not. */
  readonly total: number;
  /** Those that failed, by kind; `cancelled` when the caller took them back. */
  readonly failed: Readonly<Record<string, number>>;
  /** Calls under way. */
  readonly inFlight: number;
  /** Of all that have ended, from the call to its end. */
  readonly latency: LatencySnapshot;
  readonly moves: number;
  readonly retries: number;
  readonly hedges: number;
  readonly requestMessages: number;
  readonly requestBytes: number;
  readonly responseMessages: number;
  readonly responseBytes: number;
}

/** Counts the calls of one service that a node makes. */
export class MadeCalls {
  readonly service: string;
  readonly #failures = new FailureCounts();
  readonly #latency = new LatencyHistogram();
  #total = 0;
  #inFlight = 0;
  #moves = 0;
  #retries = 0;
  #hedges = 0;
  #requestMessages = 0;
  #requestBytes = 0;
  #responseMessages = 0;
  #responseBytes = 0;

  constructor(service: string) {
    this.service = service;
  }

  start(): void {
    this.#inFlight++;
  }

  end(event: CallEvent): void {
    // Of a call that was under way when counting began, only the end is seen.
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    this.#total++;
    if (event.outcome !== "ok") this.#failures.add(event.outcome);
    this.#latency.record(event.durationMs);
    this.#moves += event.moves;
    this.#retries += event.retries;
    this.#hedges += event.hedges;
    this.#requestMessages += event.requestMessages;
    this.#requestBytes += event.requestBytes;
    this.#responseMessages += event.responseMessages;
    this.#responseBytes += event.responseBytes;
  }

  snapshot(): MadeCallMetrics {
    return {
      service: this.service,
      total: this.#total,
      failed: this.#failures.snapshot(),
      inFlight: this.#inFlight,
      latency: this.#latency.snapshot(),
      moves: this.#moves,
      retries: this.#retries,
      hedges: this.#hedges,
      requestMessages: this.#requestMessages,
      requestBytes: this.#requestBytes,
      responseMessages: this.#responseMessages,
      responseBytes: this.#responseBytes,
    };
  }
}
