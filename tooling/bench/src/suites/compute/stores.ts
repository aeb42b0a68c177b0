import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  type DaemonHost,
  MemorySnapshotStore,
  type SnapshotStore,
  type StateSnapshot,
} from "@selvage/compute";
import { DirectorySnapshotStore } from "@selvage/compute/directory";

import { medianMicrosOf } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";
import { snapshotOf } from "./subject.ts";

/** What storing and loading a snapshot takes, in memory and in a directory of the system's own. */
export async function storeFigures(host: DaemonHost, ms: number): Promise<Sample[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "selvage-bench-"));
  try {
    return [
      ...(await figuresOf("Memory", new MemorySnapshotStore(), host, ms)),
      ...(await figuresOf("Directory", new DirectorySnapshotStore(directory), host, ms)),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function figuresOf(
  name: string,
  store: SnapshotStore,
  host: DaemonHost,
  ms: number,
): Promise<Sample[]> {
  const snapshot = snapshotOf(host);
  let { throughDelivery } = snapshot;
  /** A store takes only what is later than what it has. */
  const later = (): StateSnapshot => ({ ...snapshot, throughDelivery: ++throughDelivery });
  const stored = await medianMicrosOf(ms, async () => {
    if (!(await store.store(later()))) throw new Error("a snapshot was not stored");
  });
  const loaded = await medianMicrosOf(ms, async () => {
    const found = await store.load(snapshot.entityId);
    if (found?.throughDelivery !== throughDelivery) throw new Error("this is not the latest");
  });
  return [
    { metric: `store${name}`, unit: "µs", value: stored },
    { metric: `load${name}`, unit: "µs", value: loaded },
  ];
}
