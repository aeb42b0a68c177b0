import type { Transport } from "@selvage/transport";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import type { Station } from "./station.ts";

/** What the transports say of themselves: looked at often, added up, and checked where it can be wrong. */
export class Gauges {
  readonly #log: ViolationLog;
  readonly #metrics: Metrics;
  readonly #lost: Map<Transport, number> = new Map();
  readonly #accusing: Set<Transport> = new Set();

  constructor(log: ViolationLog, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  look(station: Station): void {
    const { transport, name, setting } = station;
    if (transport === undefined) return;
    const { packetsLost, violations, reassemblyFreeBytes } = transport.stats();
    // What sessions lost that are gone by now was mostly counted before they went.
    const before = this.#lost.get(transport) ?? 0;
    this.#lost.set(transport, packetsLost);
    this.#metrics.count("retransmissions", Math.max(0, packetsLost - before));
    if (reassemblyFreeBytes < 0 || reassemblyFreeBytes > setting.limits.reassemblyBudgetBytes) {
      this.#log.add("credit", `${name} has ${reassemblyFreeBytes} bytes of reassembly memory free`);
    }
    const reasons = Object.keys(violations);
    if (reasons.length === 0 || this.#accusing.has(transport)) return;
    this.#accusing.add(transport);
    this.#log.add("accused", `${name} says that a peer broke the protocol: ${reasons.join(", ")}`);
  }
}
