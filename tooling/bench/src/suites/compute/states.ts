import { type DaemonHost, decodeSnapshot, encodeSnapshot } from "@selvage/compute";
import { Identity } from "@selvage/identity";

import { bytesInUse, collectGarbage } from "../../measure/memory.ts";
import { medianMicros } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";
import { storeFigures } from "./stores.ts";
import { daemonOf, eventSource, hostOf, snapshotOf } from "./subject.ts";

/** Events that were applied before, with one output each: their outcomes are in the snapshot, too. */
const EVENTS = 100;
/** Producers of these events. */
const PRODUCERS = 4;

/** Snapshots that are held at once to see what one takes: many small ones, to be seen at all. */
const HELD = { least: 4, most: 256, bytes: 16 * 1_024 * 1_024 };

/** What it takes to move, write and store a state of so many bytes. */
export async function stateFigures(bytes: number, ms: number): Promise<Sample[]> {
  const memory = bytesPerSnapshot(bytes);
  await measure(bytes, ms);
  const figures = await measure(bytes, ms);
  return [...figures, { metric: "bytesPerSnapshot", unit: "bytes", value: memory }];
}

async function measure(bytes: number, ms: number): Promise<Sample[]> {
  const identity = Identity.generate();
  const from = busyHost(bytes, identity);
  const to = hostOf(daemonOf(new Uint8Array(1), 1), identity);
  const snapshot = snapshotOf(from);
  const { state } = snapshot;
  const written = encodeSnapshot(snapshot);
  const micros = (metric: string, run: () => void): Sample => {
    collectGarbage();
    return { metric, unit: "µs", value: medianMicros(ms, run) };
  };
  const figures = [
    micros("snapshotRestore", () => to.restoreFrom(snapshotOf(from))),
    micros("takeSnapshot", () => void from.takeSnapshot()),
    micros("encode", () => void encodeSnapshot(snapshot)),
    micros("decode", () => void decodeSnapshot(written)),
    micros("structuredClone", () => void structuredClone(state)),
  ];
  if (to.deliveryIndex !== EVENTS) throw new Error("the state did not arrive");
  return [...figures, ...(await storeFigures(from, ms))];
}

/** What a snapshot takes in memory beside the daemon that it was taken of. */
function bytesPerSnapshot(bytes: number): number {
  const host = busyHost(bytes, Identity.generate());
  // Code and tables that come with the first one do not count.
  host.takeSnapshot();
  const count = Math.min(HELD.most, Math.max(HELD.least, Math.floor(HELD.bytes / bytes)));
  const before = bytesInUse();
  const held = Array.from({ length: count }, () => snapshotOf(host));
  const after = bytesInUse();
  if (held.some(({ state }) => state.length !== bytes)) throw new Error("a state was cut off");
  return (after - before) / count;
}

/** A host that has applied some events. */
function busyHost(bytes: number, identity: Identity): DaemonHost {
  const host = hostOf(daemonOf(new Uint8Array(bytes).fill(7), 1), identity);
  const next = eventSource(PRODUCERS);
  for (let i = 0; i < EVENTS; i++) host.deliver(next());
  return host;
}
