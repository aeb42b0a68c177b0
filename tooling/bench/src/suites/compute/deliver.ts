import type { DaemonEvent } from "@selvage/compute";

import { bytesInUse, collectGarbage } from "../../measure/memory.ts";
import { perSecond } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";
import { daemonOf, eventSource, hostOf } from "./subject.ts";

/** Producers that take turns. */
const PRODUCERS = 16;
/** Events between two looks at the time. */
const BATCH = 1_000;
/** As many outcomes as a host remembers of these producers: beyond that, each one replaces another. */
const REMEMBERED = PRODUCERS * 256;

/** What a delivery costs where each event has so many outputs. */
export function deliverFigures(outputs: number, ms: number): Sample[] {
  const memory = bytesPerOutcome(outputs);
  measure(outputs, ms);
  const figures = measure(outputs, ms);
  return [...figures, { metric: "bytesPerOutcome", unit: "bytes", value: memory }];
}

function measure(outputs: number, ms: number): Sample[] {
  const daemon = daemonOf(new Uint8Array(1), outputs);
  const host = hostOf(daemon);
  const next = eventSource(PRODUCERS);
  for (let i = 0; i < REMEMBERED; i++) host.deliver(next());
  let events: DaemonEvent[] = [];
  const rate = (metric: string, unit: string, run: (event: DaemonEvent) => void): Sample => {
    collectGarbage();
    const each = (): void => events.forEach(run);
    // Made beforehand: what makes them is not what is measured.
    const prepare = (): void => void (events = Array.from({ length: BATCH }, next));
    return { metric, unit, value: perSecond(ms, BATCH, each, prepare) };
  };
  const known = next();
  host.deliver(known);
  return [
    rate("repeat", "events/s", () => {
      if (!host.deliver(known).repeated) throw new Error("an event was applied twice");
    }),
    rate("deliver", "events/s", (event) => {
      if (host.deliver(event).repeated) throw new Error("an event came twice");
    }),
    rate("process", "calls/s", (event) => {
      if (daemon.process(event).length !== outputs) throw new Error("outputs are missing");
    }),
  ];
}

/** What an outcome takes in memory while it is remembered, outputs included. */
function bytesPerOutcome(outputs: number): number {
  const daemon = daemonOf(new Uint8Array(1), outputs);
  const next = eventSource(PRODUCERS);
  // Code and tables that come with the first deliveries do not count.
  const warm = hostOf(daemon);
  for (let i = 0; i < REMEMBERED; i++) warm.deliver(next());
  const host = hostOf(daemon);
  const before = bytesInUse();
  for (let i = 0; i < REMEMBERED; i++) host.deliver(next());
  const after = bytesInUse();
  // Both hosts are still in use here, and so are in both figures.
  for (const each of [warm, host]) {
    if (each.stats().outcomes !== REMEMBERED) throw new Error("outcomes were forgotten");
  }
  return (after - before) / REMEMBERED;
}
