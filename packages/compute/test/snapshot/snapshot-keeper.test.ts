import { utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import type { DaemonHost } from "../../src/daemon/daemon-host.ts";
import { isComputeError } from "../../src/errors.ts";
import { MemorySnapshotStore } from "../../src/snapshot/memory-snapshot-store.ts";
import { SnapshotKeeper, type SnapshotPolicy } from "../../src/snapshot/snapshot-keeper.ts";
import type { StateSnapshot } from "../../src/snapshot/state-snapshot.ts";
import { Counter, daemonThat, hostOf, producerOf } from "../daemons.ts";
import { snapshotAt } from "../snapshots.ts";

/** A store whose writing ends when the test lets it. */
class SlowStore extends MemorySnapshotStore {
  readonly begun: number[] = [];
  #release: (() => void) | undefined;
  isFailing = false;

  override async store(snapshot: StateSnapshot): Promise<boolean> {
    this.begun.push(snapshot.throughDelivery);
    await new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    if (this.isFailing) throw new Error("the disk is full");
    return super.store(snapshot);
  }

  /** Ends the write that is under way, and lets everything that follows from it happen. */
  async finish(): Promise<void> {
    this.#release?.();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function bench(policy: SnapshotPolicy): {
  readonly host: DaemonHost;
  readonly store: SlowStore;
  readonly keeper: SnapshotKeeper;
  deliver(count: number): void;
} {
  const host = hostOf(new Counter());
  const store = new SlowStore();
  const keeper = new SnapshotKeeper({ host, store }, policy);
  const producer = producerOf(1);
  const deliver = (count: number): void => {
    for (let i = 0; i < count; i++) host.deliver(producer.next(utf8("1")));
  };
  return { host, store, keeper, deliver };
}

async function kindOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isComputeError(error)) return error.kind;
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing";
}

describe("a snapshot", () => {
  test("is stored after as many events as the interval says", async () => {
    const { store, deliver, keeper } = bench({ autoSnapshotInterval: 3 });
    deliver(2);
    expect(store.begun).toEqual([]);
    deliver(1);
    expect(store.begun).toEqual([3]);
    await store.finish();
    deliver(2);
    expect(store.begun).toEqual([3]);
    deliver(1);
    await store.finish();
    expect(store.begun).toEqual([3, 6]);
    expect(keeper.stats()).toEqual({ eventsSinceSnapshot: 0, stored: 2, failures: 0 });
  });

  test("waits for the one that is being written, and is then of that time", async () => {
    const { store, deliver } = bench({ autoSnapshotInterval: 2 });
    deliver(9);
    expect(store.begun).toEqual([2]);
    await store.finish();
    expect(store.begun).toEqual([2, 9]);
    await store.finish();
    expect(store.begun).toEqual([2, 9]);
  });

  test("is forced by the length of the log, without an interval or with a longer one", async () => {
    for (const autoSnapshotInterval of [0, 100]) {
      const { store, deliver } = bench({ autoSnapshotInterval, maxLogEntries: 4 });
      deliver(4);
      expect(store.begun).toEqual([4]);
      await store.finish();
    }
  });

  test("that cannot be stored is tried again with the next event", async () => {
    const { store, deliver, keeper } = bench({ autoSnapshotInterval: 2 });
    store.isFailing = true;
    deliver(2);
    await store.finish();
    expect(keeper.stats()).toEqual({ eventsSinceSnapshot: 2, stored: 0, failures: 1 });
    store.isFailing = false;
    deliver(1);
    expect(store.begun).toEqual([2, 3]);
    await store.finish();
    expect(keeper.stats()).toEqual({ eventsSinceSnapshot: 0, stored: 1, failures: 1 });
  });

  test("that cannot be taken harms neither the event nor the next ones", async () => {
    const host = hostOf(
      daemonThat({
        snapshot: () => {
          throw new Error("no state today");
        },
      }),
    );
    const keeper = new SnapshotKeeper(
      { host, store: new MemorySnapshotStore() },
      { autoSnapshotInterval: 1 },
    );
    const producer = producerOf(1);
    expect(host.deliver(producer.next(utf8("x"))).index).toBe(1);
    await settle();
    expect(host.deliver(producer.next(utf8("x"))).index).toBe(2);
    await settle();
    expect(keeper.stats().failures).toBe(2);
    expect(await kindOfRejection(keeper.flush())).toBe("snapshot-failed");
  });

  test("is not stored any more by itself once the keeper is disposed of", async () => {
    const { store, deliver, keeper } = bench({ autoSnapshotInterval: 2 });
    deliver(2);
    deliver(2);
    keeper[Symbol.dispose]();
    deliver(2);
    await store.finish();
    expect(store.begun).toEqual([2]);
  });
});

describe("flush", () => {
  test("stores what the daemon is now, after what is being written", async () => {
    const { store, deliver, keeper } = bench({ autoSnapshotInterval: 2 });
    deliver(3);
    const flushing = keeper.flush();
    await settle();
    expect(store.begun).toEqual([2]);
    await store.finish();
    await store.finish();
    await flushing;
    expect(store.begun).toEqual([2, 3]);
    await keeper.flush();
    expect(store.begun).toEqual([2, 3]);
  });

  test("rejects where storing fails, and can be repeated", async () => {
    const { store, deliver, keeper } = bench({});
    deliver(1);
    store.isFailing = true;
    const failing = keeper.flush();
    const kind = kindOfRejection(failing);
    await store.finish();
    expect(await kind).toBe("the disk is full");
    store.isFailing = false;
    const again = keeper.flush();
    await store.finish();
    await again;
    expect(keeper.stats().stored).toBe(1);
  });

  test("tells if the store is ahead: somebody else runs this daemon, or it began anew", async () => {
    const store = new MemorySnapshotStore();
    await store.store(snapshotAt(5));
    const host = hostOf(new Counter());
    const keeper = new SnapshotKeeper({ host, store });
    host.deliver(producerOf(1).next(utf8("1")));
    expect(await kindOfRejection(keeper.flush())).toBe("store-failed");
  });

  test("has nothing to do for a daemon without state", async () => {
    const host = hostOf(daemonThat({}));
    const keeper = new SnapshotKeeper({ host, store: new MemorySnapshotStore() });
    host.deliver(producerOf(1).next(utf8("1")));
    await keeper.flush();
    expect(keeper.stats()).toEqual({ eventsSinceSnapshot: 0, stored: 0, failures: 0 });
  });
});

test("a policy that makes no sense is refused by name", () => {
  expect(() => bench({ autoSnapshotInterval: -1 })).toThrow(/autoSnapshotInterval.*-1/);
  expect(() => bench({ maxLogEntries: 0 })).toThrow(/maxLogEntries.*0/);
});

test("a full store in memory refuses further entities, and still serves those it has", async () => {
  const store = new MemorySnapshotStore({ maxEntities: 1 });
  await store.store(snapshotAt(1));
  expect(await kindOfRejection(store.store(snapshotAt(1, 2)))).toBe("buffer-full");
  expect(await store.store(snapshotAt(2))).toBe(true);
});
