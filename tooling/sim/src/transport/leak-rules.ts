import type { ViolationLog } from "../violations.ts";
import type { ClosedProcess } from "../world/machine.ts";
import type { Station, StationProcess } from "./station.ts";

/** Rules about what is left behind. */
export class LeakRules {
  readonly #log: ViolationLog;

  constructor(log: ViolationLog) {
    this.#log = log;
  }

  /** No stream is under way any more: whether nothing of any is left. */
  isQuiet(station: Station): boolean {
    return Object.values(leftAt(station)).every((count) => count === 0);
  }

  /** Tells what is left of streams at a station, if anything is. */
  checkQuiet(station: Station): void {
    this.#report(station.name, "is quiet", leftAt(station));
  }

  /** Nothing may be left of a process that closed. */
  checkClosed({ name, setting }: Station, { node, process }: ClosedProcess<StationProcess>): void {
    if (node.state === "killed") return;
    const { sessions, peers, streams, reassemblyFreeBytes } = process.transport.stats();
    this.#report(name, "was closed", {
      timers: node.pendingTimers,
      sessions,
      peers,
      streams,
      "bytes of reassembly memory": setting.limits.reassemblyBudgetBytes - reassemblyFreeBytes,
    });
  }

  #report(name: string, when: string, counts: Readonly<Record<string, number>>): void {
    const left = Object.entries(counts).filter(([, count]) => count !== 0);
    if (left.length === 0) return;
    const text = left.map(([what, count]) => `${count} ${what}`).join(", ");
    this.#log.add("leak", `${name} ${when} and still has ${text}`);
  }
}

function leftAt({ transport, setting }: Station): Readonly<Record<string, number>> {
  const stats = transport?.stats();
  if (stats === undefined) return {};
  return {
    streams: stats.streams,
    "bytes of reassembly memory": setting.limits.reassemblyBudgetBytes - stats.reassemblyFreeBytes,
    // While one session replaces another, there are two for a moment.
    "sessions too many": stats.sessions - stats.peers,
  };
}
