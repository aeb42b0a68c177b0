import { deferred, utf8 } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import type { MeshDaemon } from "../../src/daemon/mesh-daemon.ts";
import { isComputeError } from "../../src/errors.ts";
import { DaemonRegistry } from "../../src/registry/daemon-registry.ts";
import { DaemonRuntime, type DaemonRuntimeParts } from "../../src/runtime/daemon-runtime.ts";
import { MemorySnapshotStore } from "../../src/snapshot/memory-snapshot-store.ts";
import { Counter, daemonThat, producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";

const alice = identityOf(1);
const bob = identityOf(2);

async function kindOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isComputeError(error)) return error.kind;
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing";
}

function runtimeOf(parts: DaemonRuntimeParts = {}): DaemonRuntime {
  const runtime = new DaemonRuntime({ clock: new ManualClock(), ...parts });
  runtime.registerFactory("counter", () => new Counter());
  return runtime;
}

async function readyRuntime(parts?: DaemonRuntimeParts): Promise<DaemonRuntime> {
  const runtime = runtimeOf(parts);
  await runtime.start();
  return runtime;
}

describe("the gate", () => {
  test("lets factories be registered before the start, and nothing be spawned", async () => {
    const runtime = runtimeOf();
    const event = producerOf(1).next(utf8("1"));
    expect([runtime.state, runtime.isReady()]).toEqual(["registering", false]);
    expect(await kindOfRejection(runtime.spawn("counter", alice))).toBe("not-ready");
    expect(await kindOfRejection(runtime.spawnFromSnapshot("counter", alice, snapshotAt(1)))).toBe(
      "not-ready",
    );
    expect(await kindOfRejection(runtime.resume("counter", alice))).toBe("not-ready");
    expect(await kindOfRejection(runtime.stop(alice.originHash))).toBe("not-ready");
    expect(kindOf(() => runtime.deliver(alice.originHash, event))).toBe("not-ready");
    expect(kindOf(() => runtime.snapshot(alice.originHash))).toBe("not-ready");
    expect(kindOf(() => runtime.handle(alice.originHash))).toBe("not-ready");
  });

  test("opens once, however often it is asked to", async () => {
    let starts = 0;
    const service = {
      start: async () => {
        starts++;
        await Promise.resolve();
        return { [Symbol.asyncDispose]: () => Promise.resolve() };
      },
    };
    const runtime = runtimeOf({ services: [service] });
    await Promise.all([runtime.start(), runtime.start()]);
    await runtime.start();
    expect([starts, runtime.state]).toEqual([1, "ready"]);
    runtime.registerFactory("another", () => new Counter());
  });

  test("closes for good", async () => {
    const runtime = await readyRuntime();
    const { originHash } = await runtime.spawn("counter", alice);
    await runtime.shutdown();
    await runtime.shutdown();
    const event = producerOf(1).next(utf8("1"));
    expect([runtime.state, runtime.daemonCount()]).toEqual(["shutting-down", 0]);
    expect(await kindOfRejection(runtime.start())).toBe("shutting-down");
    expect(await kindOfRejection(runtime.spawn("counter", alice))).toBe("shutting-down");
    expect(kindOf(() => runtime.deliver(originHash, event))).toBe("shutting-down");
    expect(kindOf(() => runtime.registerFactory("late", () => new Counter()))).toBe(
      "shutting-down",
    );
    expect(await kindOfRejection(runtime.stop(originHash))).toBe("nothing");
  });

  test("has one factory per kind", () => {
    const runtime = runtimeOf();
    expect(kindOf(() => runtime.registerFactory("counter", () => new Counter()))).toBe(
      "already-registered",
    );
  });
});

describe("a shutdown that comes in between", () => {
  test("of a start stops the services again", async () => {
    const order: string[] = [];
    const gate = deferred<void>();
    const service = (name: string, wait: Promise<void>) => ({
      start: async () => {
        await wait;
        order.push(`start ${name}`);
        return {
          [Symbol.asyncDispose]: () => {
            order.push(`stop ${name}`);
            return Promise.resolve();
          },
        };
      },
    });
    const services = [
      service("a", Promise.resolve()),
      service("b", gate.promise),
      service("c", Promise.resolve()),
    ];
    const runtime = runtimeOf({ services });
    const starting = kindOfRejection(runtime.start());
    const closing = runtime.shutdown();
    gate.resolve();
    expect(await starting).toBe("shutting-down");
    await closing;
    expect(order).toEqual(["start a", "stop a"]);
  });

  test("of a spawn leaves neither daemon nor factory", async () => {
    const gate = deferred<MeshDaemon>();
    const runtime = await readyRuntime();
    runtime.registerFactory("slow", () => gate.promise);
    const spawning = kindOfRejection(runtime.spawn("slow", alice));
    const closing = runtime.shutdown();
    gate.resolve(new Counter());
    expect(await spawning).toBe("shutting-down");
    await closing;
    expect([runtime.daemonCount(), runtime.factories.count]).toEqual([0, 0]);
  });
});

describe("services", () => {
  test("begin in order and end in reverse, after the daemons", async () => {
    const order: string[] = [];
    const service = (name: string) => ({
      start: (runtime: DaemonRuntime) => {
        order.push(`start ${name} ${runtime.state}`);
        return {
          [Symbol.asyncDispose]: () => {
            order.push(`stop ${name} with ${runtime.daemonCount()}`);
            return Promise.resolve();
          },
        };
      },
    });
    const runtime = await readyRuntime({ services: [service("a"), service("b")] });
    await runtime.spawn("counter", alice);
    await runtime.shutdown();
    expect(order).toEqual([
      "start a registering",
      "start b registering",
      "stop b with 0",
      "stop a with 0",
    ]);
  });

  test("that fail leave the gate closed, and those that began are ended; then it can be tried again", async () => {
    const order: string[] = [];
    let isBroken = true;
    const good = {
      start: () => {
        order.push("start");
        return {
          [Symbol.asyncDispose]: () => {
            order.push("stop");
            return Promise.resolve();
          },
        };
      },
    };
    const bad = {
      start: () => {
        if (isBroken) throw new Error("the port is taken");
        return good.start();
      },
    };
    const runtime = runtimeOf({ services: [good, bad] });
    expect(await kindOfRejection(runtime.start())).toBe("the port is taken");
    expect([order, runtime.state]).toEqual([["start", "stop"], "registering"]);
    isBroken = false;
    await runtime.start();
    expect(runtime.isReady()).toBe(true);
  });
});

describe("spawn", () => {
  test("runs a daemon, which can be delivered to by its origin and by its handle", async () => {
    const runtime = await readyRuntime();
    const handle = await runtime.spawn("counter", alice);
    const producer = producerOf(1);
    const heard: number[] = [];
    handle.onApplied(({ index }) => heard.push(index));
    expect([handle.originHash, handle.entityId]).toEqual([alice.originHash, alice.entityId]);
    expect(textsOf(handle.deliver(producer.next(utf8("5"))).outputs)).toEqual(["5"]);
    expect(textsOf(runtime.deliver(alice.originHash, producer.next(utf8("1"))).outputs)).toEqual([
      "6",
    ]);
    expect(runtime.handle(alice.originHash).stats().eventsProcessed).toBe(2);
    expect(handle.snapshot()).toEqual(runtime.snapshot(alice.originHash));
    expect(heard).toEqual([1, 2]);
  });

  test("needs a factory of the kind", async () => {
    const runtime = await readyRuntime();
    expect(await kindOfRejection(runtime.spawn("unheard of", alice))).toBe("factory-not-found");
  });

  test("calls the factory once, and leaves the first daemon of an identity alone", async () => {
    const runtime = await readyRuntime();
    let made = 0;
    runtime.registerFactory("counted", () => {
      made++;
      return new Counter();
    });
    const handle = await runtime.spawn("counted", alice);
    handle.deliver(producerOf(1).next(utf8("5")));
    expect(await kindOfRejection(runtime.spawn("counted", alice))).toBe("already-registered");
    expect(made).toBe(1);
    expect(handle.stats().eventsProcessed).toBe(1);
    expect(runtime.factories.contains(alice.originHash)).toBe(true);
  });

  test("of the same identity twice at the same time goes well once", async () => {
    const runtime = await readyRuntime();
    const outcomes = await Promise.allSettled([
      runtime.spawn("counter", alice),
      runtime.spawn("counter", alice),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(runtime.daemonCount()).toBe(1);
  });

  test("that fails leaves nothing behind, and can be tried again", async () => {
    const runtime = await readyRuntime();
    let isBroken = true;
    runtime.registerFactory("broken", () => {
      if (isBroken) throw new Error("no memory");
      return new Counter();
    });
    expect(await kindOfRejection(runtime.spawn("broken", alice))).toBe("factory-failed");
    expect(await kindOfRejection(runtime.spawn("counter", alice, { maxProducers: 0 }))).toMatch(
      /maxProducers/,
    );
    expect([runtime.daemonCount(), runtime.factories.count]).toEqual([0, 0]);
    isBroken = false;
    await runtime.spawn("broken", alice);
    expect(runtime.daemonCount()).toBe(1);
  });

  test("works again for a daemon that crashed out of the registry", async () => {
    const registry = new DaemonRegistry({ crashOnError: true });
    const runtime = await readyRuntime({ registry, store: new MemorySnapshotStore() });
    const handle = await runtime.spawn("counter", alice);
    const producer = producerOf(1);
    expect(kindOf(() => handle.deliver(producer.next(utf8("fail"))))).toBe("process-failed");
    expect(runtime.daemonCount()).toBe(0);
    expect(kindOf(() => handle.stats())).toBe("stale");
    const again = await runtime.spawn("counter", alice);
    expect(again.deliver(producer.next(utf8("1"))).index).toBe(1);
  });

  test("tells of daemons that block the loop", async () => {
    const clock = new ManualClock();
    let now = 0;
    const ticking = Object.assign(Object.create(clock) as ManualClock, { now: () => now });
    const runtime = await readyRuntime({ clock: ticking });
    runtime.registerFactory("slow", () =>
      daemonThat({
        process: () => {
          now += 80;
          return [];
        },
      }),
    );
    const lags: number[] = [];
    runtime.onLag(({ ms }) => lags.push(ms));
    const handle = await runtime.spawn("slow", alice);
    handle.deliver(producerOf(1).next(utf8("x")));
    expect(lags).toEqual([80]);
  });
});

describe("spawnFromSnapshot", () => {
  test("goes on where the snapshot was taken", async () => {
    const runtime = await readyRuntime();
    const handle = await runtime.spawnFromSnapshot("counter", alice, snapshotAt(3));
    const { index, outputs } = handle.deliver(producerOf(2).next(utf8("10")));
    expect([index, ...textsOf(outputs)]).toEqual([4, "13"]);
  });

  test("refuses the snapshot of another identity, and state that the daemon refuses", async () => {
    const runtime = await readyRuntime();
    const snapshot = snapshotAt(3);
    const spawn = (identity: typeof alice, state: Uint8Array): Promise<string> =>
      kindOfRejection(runtime.spawnFromSnapshot("counter", identity, { ...snapshot, state }));
    expect(await spawn(bob, snapshot.state)).toBe("identity-mismatch");
    expect(await spawn(alice, utf8("x"))).toBe("restore-failed");
    expect([runtime.daemonCount(), runtime.factories.count]).toEqual([0, 0]);
  });
});

describe("a runtime with a store", () => {
  test("goes on after a restart with what was stored at the end", async () => {
    const store = new MemorySnapshotStore();
    const producer = producerOf(1);
    const first = await readyRuntime({ store });
    const counter = await first.resume("counter", alice);
    const event = producer.next(utf8("5"));
    counter.deliver(event);
    await first.shutdown();

    const second = await readyRuntime({ store });
    const again = await second.resume("counter", alice);
    expect(again.deliver(event)).toMatchObject({ index: 1, repeated: true });
    expect(textsOf(again.deliver(producer.next(utf8("1"))).outputs)).toEqual(["6"]);
    await again.stop();
    expect((await store.load(alice.entityId))?.throughDelivery).toBe(2);
  });

  test("stores snapshots on the way, as its configuration says", async () => {
    const store = new MemorySnapshotStore();
    const runtime = await readyRuntime({ store });
    const handle = await runtime.spawn("counter", alice, { autoSnapshotInterval: 2 });
    const producer = producerOf(1);
    for (let i = 0; i < 2; i++) handle.deliver(producer.next(utf8("1")));
    for (let i = 0; i < 20; i++) await Promise.resolve();
    // A crash: nobody stops it.
    expect((await store.load(alice.entityId))?.throughDelivery).toBe(2);
  });

  test("tells where the last snapshot was not stored, and is rid of the daemon", async () => {
    class FullStore extends MemorySnapshotStore {
      override store(): Promise<boolean> {
        return Promise.reject(new Error("the disk is full"));
      }
    }
    const runtime = await readyRuntime({ store: new FullStore() });
    const handle = await runtime.spawn("counter", alice);
    const other = await runtime.spawn("counter", bob);
    for (const each of [handle, other]) each.deliver(producerOf(1).next(utf8("1")));
    expect(await kindOfRejection(handle.stop())).toBe("the disk is full");
    expect(runtime.registry.contains(alice.originHash)).toBe(false);
    expect(await kindOfRejection(runtime.shutdown())).toBe("the disk is full");
    expect([runtime.daemonCount(), runtime.factories.count]).toEqual([0, 0]);
  });

  test("does not spawn a daemon again before its last snapshot is stored", async () => {
    const gate = deferred<void>();
    class SlowStore extends MemorySnapshotStore {
      override async store(
        snapshot: Parameters<MemorySnapshotStore["store"]>[0],
      ): Promise<boolean> {
        await gate.promise;
        return super.store(snapshot);
      }
    }
    const runtime = await readyRuntime({ store: new SlowStore() });
    const handle = await runtime.spawn("counter", alice);
    handle.deliver(producerOf(1).next(utf8("5")));
    const stopping = handle.stop();
    await Promise.resolve();
    expect(await kindOfRejection(runtime.resume("counter", alice))).toBe("already-registered");
    gate.resolve();
    await stopping;
    const again = await runtime.resume("counter", alice);
    expect(again.snapshot()?.throughDelivery).toBe(1);
  });

  test("cannot resume without one", async () => {
    const runtime = await readyRuntime();
    await expect(runtime.resume("counter", alice)).rejects.toThrow(TypeError);
  });
});

describe("stop", () => {
  test("ends a daemon: its handle is stale, and its identity free", async () => {
    const runtime = await readyRuntime();
    const handle = await runtime.spawn("counter", alice);
    await runtime.stop(alice.originHash);
    const event = producerOf(1).next(utf8("1"));
    expect(kindOf(() => handle.deliver(event))).toBe("stale");
    expect(kindOf(() => handle.snapshot())).toBe("stale");
    expect(await kindOfRejection(handle.stop())).toBe("stale");
    expect(await kindOfRejection(runtime.stop(alice.originHash))).toBe("not-found");
    const again = await runtime.spawn("counter", alice);
    expect(kindOf(() => handle.stats())).toBe("stale");
    expect(present(again.snapshot()).throughDelivery).toBe(0);
  });
});

test("a daemon may stop itself, and the event that it does so in is stored with it", async () => {
  const store = new MemorySnapshotStore();
  const runtime = await readyRuntime({ store });
  const stopping: Promise<void>[] = [];
  runtime.registerFactory("mortal", () => {
    const counter = new Counter();
    return daemonThat({
      process: (event) => {
        const outputs = counter.process(event);
        if (counter.value >= 2) stopping.push(runtime.stop(alice.originHash));
        return outputs;
      },
      snapshot: () => counter.snapshot(),
      restore: (state) => counter.restore(state),
    });
  });
  const handle = await runtime.spawn("mortal", alice);
  const producer = producerOf(1);
  handle.deliver(producer.next(utf8("1")));
  expect(textsOf(handle.deliver(producer.next(utf8("1"))).outputs)).toEqual(["2"]);
  await Promise.all(stopping);
  expect(runtime.daemonCount()).toBe(0);
  expect((await store.load(alice.entityId))?.throughDelivery).toBe(2);
});

test("a runtime is disposed of as it is shut down", async () => {
  const runtime = await readyRuntime();
  await runtime.spawn("counter", alice);
  await runtime[Symbol.asyncDispose]();
  expect(runtime.state).toBe("shutting-down");
  expect(runtime.daemonCount()).toBe(0);
});
