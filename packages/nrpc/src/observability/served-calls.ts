import { FailureCounts } from "./failure-counts.ts";
import { LatencyHistogram, type LatencySnapshot } from "./latency-histogram.ts";
import type { ServedCallEvent } from "./served-call.ts";

/** Of the calls of one service that arrived at a node. Everything but `inFlight` only grows. */
export interface ServedCallMetrics {
  readonly service: string;
  /** Calls that have been answered, refused or lost. */
  readonly total: number;
  /** Those that were not answered `ok`, by what they were answered, or how they were lost. */
  readonly failed: Readonly<Record<string, number>>;
  /** Handlers that were started, of calls that have ended. */
  readonly invocations: number;
  /** Handlers whose calls were answered `internal`: they threw what is no answer, or gave such. */
  readonly panics: number;
  /** Calls refused because of who made them. */
  readonly denied: number;
  /** Handlers under way. */
  readonly inFlight: number;
  /** Of the calls whose handlers were started, from their first message to the answer's end. */
  readonly duration: LatencySnapshot;
  readonly requestMessages: number;
  readonly requestBytes: number;
  readonly responseMessages: number;
  readonly responseBytes: number;
  /** Responses of streams, sent. */
  readonly chunksEmitted: number;
  /** Responses of streams that nobody took any more. */
  readonly chunksDropped: number;
}

/** Counts the calls of one service that arrive at a node. */
export class ServedCalls {
  readonly service: string;
  readonly #failures = new FailureCounts();
  readonly #duration = new LatencyHistogram();
  #total = 0;
  #invocations = 0;
  #panics = 0;
  #denied = 0;
  #inFlight = 0;
  #requestMessages = 0;
  #requestBytes = 0;
  #responseMessages = 0;
  #responseBytes = 0;
  #chunksEmitted = 0;
  #chunksDropped = 0;

  constructor(service: string) {
    this.service = service;
  }

  start(): void {
    this.#inFlight++;
  }

  end(event: ServedCallEvent): void {
    const { outcome, shape } = event;
    this.#total++;
    if (outcome !== "ok") this.#failures.add(outcome);
    if (outcome === "denied") this.#denied++;
    if (event.isStarted) {
      // Of a handler that was under way when counting began, only the end is seen.
      this.#inFlight = Math.max(0, this.#inFlight - 1);
      this.#invocations++;
      if (outcome === "internal") this.#panics++;
      this.#duration.record(event.durationMs);
    }
    this.#requestMessages += event.requestMessages;
    this.#requestBytes += event.requestBytes;
    this.#responseMessages += event.responseMessages;
    this.#responseBytes += event.responseBytes;
    this.#chunksDropped += event.droppedMessages;
    if (shape === "server-stream" || shape === "bidirectional") {
      this.#chunksEmitted += event.responseMessages;
    }
  }

  snapshot(): ServedCallMetrics {
    return {
      service: this.service,
      total: this.#total,
      failed: this.#failures.snapshot(),
      invocations: this.#invocations,
      panics: this.#panics,
      denied: this.#denied,
      inFlight: this.#inFlight,
      duration: this.#duration.snapshot(),
      requestMessages: this.#requestMessages,
      requestBytes: this.#requestBytes,
      responseMessages: this.#responseMessages,
      responseBytes: this.#responseBytes,
      chunksEmitted: this.#chunksEmitted,
      chunksDropped: this.#chunksDropped,
    };
  }
}
