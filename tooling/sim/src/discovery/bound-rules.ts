import type { Mesh } from "@selvage/mesh";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import type { ClosedProcess } from "../world/machine.ts";
import type { Life } from "./life.ts";

/** Streams besides those of the present feeds, while some replace others. */
const STREAMS_BESIDE = 8;

/** Rules about how much a node holds, and about what it leaves behind. */
export class BoundRules {
  readonly #log: ViolationLog;
  readonly #metrics: Metrics;
  readonly #members: number;

  constructor(log: ViolationLog, metrics: Metrics, members: number) {
    this.#log = log;
    this.#metrics = metrics;
    this.#members = members;
  }

  /** Looks at what a process holds. */
  look({ member, mesh }: Life): void {
    const { transport, index, announcements } = mesh.stats();
    const { neighbours } = announcements;
    this.#metrics.sample("neighbours", neighbours);
    const tooMany = [
      ["entries", index.entries, this.#members],
      ["known nodes", index.entries + index.gone, this.#members],
      ["hidden nodes", index.hidden, this.#members],
      ["neighbours", neighbours, this.#members - 1],
      ["streams", transport.streams, neighbours + STREAMS_BESIDE],
    ] as const;
    for (const [what, count, most] of tooMany) {
      if (count > most) {
        this.#log.add("unbounded", `${member.name} has ${count} ${what}, and may have ${most}`);
      }
    }
  }

  /** Nothing may be left of a process that closed. */
  checkClosed(name: string, { node, process }: ClosedProcess<Mesh>): void {
    if (node.state === "killed") return;
    const { sessions, peers, streams } = process.stats().transport;
    const counts = { timers: node.pendingTimers, sessions, peers, streams };
    const left = Object.entries(counts).filter(([, count]) => count > 0);
    if (left.length === 0) return;
    const text = left.map(([what, count]) => `${count} ${what}`).join(", ");
    this.#log.add("leak", `${name} was closed and still has ${text}`);
  }
}
