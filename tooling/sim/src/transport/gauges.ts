import type { Transport } from "@selvage/transport";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import type { Station } from "./station.ts";

interface Counts {
  readonly packetsLost: number;
  readonly forwarded: number;
}

/** What the transports say of themselves: looked at often, added up, and checked where it can be wrong. */
export class Gauges {
  readonly #log: ViolationLog;
  readonly #metrics: Metrics;
  readonly #before: Map<Transport, Counts> = new Map();
  readonly #accusing: Set<Transport> = new Set();

  constructor(log: ViolationLog, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  look(station: Station): void {
    const { transport, name, setting } = station;
    if (transport === undefined) return;
    const { packetsLost, relay, violations, reassemblyFreeBytes } = transport.stats();
    const before = this.#before.get(transport) ?? { packetsLost: 0, forwarded: 0 };
    this.#before.set(transport, { packetsLost, forwarded: relay.forwarded });
    // What sessions lost that are gone by now was mostly counted before they went.
    this.#metrics.count("retransmissions", Math.max(0, packetsLost - before.packetsLost));
    this.#metrics.count("relayed", relay.forwarded - before.forwarded);
    if (reassemblyFreeBytes < 0 || reassemblyFreeBytes > setting.limits.reassemblyBudgetBytes) {
      this.#log.add("credit", `${name} has ${reassemblyFreeBytes} bytes of reassembly memory free`);
    }
    const reasons = Object.keys(violations);
    if (reasons.length === 0 || this.#accusing.has(transport)) return;
    this.#accusing.add(transport);
    this.#log.add("accused", `${name} says that a peer broke the protocol: ${reasons.join(", ")}`);
  }
}
