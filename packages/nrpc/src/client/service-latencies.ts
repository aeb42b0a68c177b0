import { LatencyTracker } from "@selvage/resilience";

/** Services whose latencies are remembered. */
const MAX_SERVICES = 1_024;

/** How long calls of each service took lately: what hedging waits for. */
export class ServiceLatencies {
  readonly #trackers: Map<string, LatencyTracker> = new Map();

  /** The tracker of a service; made on first use. */
  of(service: string): LatencyTracker {
    const known = this.#trackers.get(service);
    if (known !== undefined) return known;
    if (this.#trackers.size >= MAX_SERVICES) this.#trackers.clear();
    const tracker = new LatencyTracker();
    this.#trackers.set(service, tracker);
    return tracker;
  }
}
