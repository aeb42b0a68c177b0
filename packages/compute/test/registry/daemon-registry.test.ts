import { utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import type { DaemonHost } from "../../src/daemon/daemon-host.ts";
import type { DaemonHealth } from "../../src/daemon/mesh-daemon.ts";
import { DaemonRegistry, type DaemonRegistryConfig } from "../../src/registry/daemon-registry.ts";
import type { DaemonLifecycleEvent } from "../../src/registry/lifecycle.ts";
import { Counter, daemonThat, hostOf, producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";

const alice = identityOf(1).originHash;

/** A registry, and what it tells of its daemons. */
function registryOf(
  hosts: readonly DaemonHost[] = [],
  config?: DaemonRegistryConfig,
): { readonly registry: DaemonRegistry; readonly heard: DaemonLifecycleEvent[] } {
  const registry = new DaemonRegistry(config);
  const heard: DaemonLifecycleEvent[] = [];
  for (const host of hosts) registry.register(host);
  registry.setLifecycleObserver((event) => heard.push(event));
  return { registry, heard };
}

const kindsOf = (events: readonly DaemonLifecycleEvent[]): readonly string[] =>
  events.map(({ kind }) => kind);

describe("register and unregister", () => {
  test("tell of the daemon by origin and name", () => {
    const { registry, heard } = registryOf();
    const host = hostOf(new Counter());
    registry.register(host);
    expect([registry.count, registry.contains(alice), registry.list()]).toEqual([1, true, [alice]]);
    expect(registry.daemonIdentity(alice)).toBe(host.identity);
    expect(registry.unregister(alice)).toBe(host);
    expect(registry.count).toBe(0);
    expect(registry.daemonIdentity(alice)).toBeUndefined();
    expect(heard).toEqual([
      { kind: "registered", origin: alice, name: "counter" },
      { kind: "unregistered", origin: alice, name: "counter" },
    ]);
  });

  test("leave the first of an origin where it is", () => {
    const first = hostOf(new Counter());
    const { registry, heard } = registryOf([first]);
    expect(kindOf(() => registry.register(hostOf(new Counter())))).toBe("already-registered");
    expect(registry.get(alice)).toBe(first);
    expect(heard).toEqual([]);
  });

  test("answer not-found for a daemon that is not there, as everything does", () => {
    const { registry } = registryOf();
    const event = producerOf(1).next(utf8("1"));
    expect(kindOf(() => registry.unregister(alice))).toBe("not-found");
    expect(kindOf(() => registry.deliver(alice, event))).toBe("not-found");
    expect(kindOf(() => registry.snapshot(alice))).toBe("not-found");
    expect(kindOf(() => registry.restoreFromSnapshot(alice, snapshotAt(1)))).toBe("not-found");
    expect(kindOf(() => registry.stats(alice))).toBe("not-found");
    expect(registry.get(alice)).toBeUndefined();
  });
});

describe("replace", () => {
  test("puts the new daemon there, then tells of the end of the old one before the new one", () => {
    const [first, second] = [hostOf(new Counter()), hostOf(new Counter())];
    const { registry, heard } = registryOf([first]);
    // By identity: equality does not see what is private.
    const isSecond: boolean[] = [];
    registry.setLifecycleObserver((event) => {
      heard.push(event);
      isSecond.push(registry.get(alice) === second);
    });
    expect(registry.replace(second)).toBe(first);
    expect(kindsOf(heard)).toEqual(["unregistered", "registered"]);
    expect(isSecond).toEqual([true, true]);
    expect(registry.replace(second)).toBe(second);
    expect(heard).toHaveLength(2);
  });

  test("registers where nothing was", () => {
    const { registry, heard } = registryOf();
    expect(registry.replace(hostOf(new Counter()))).toBeUndefined();
    expect(kindsOf(heard)).toEqual(["registered"]);
  });
});

describe("what began on a replaced daemon", () => {
  test("ends as stale", () => {
    const fresh = hostOf(new Counter());
    const { registry } = registryOf();
    registry.register(
      hostOf(
        daemonThat({
          process: () => {
            registry.replace(fresh);
            return [utf8("of no worth")];
          },
        }),
      ),
    );
    const event = producerOf(1).next(utf8("1"));
    expect(kindOf(() => registry.deliver(alice, event))).toBe("stale");
    expect(textsOf(registry.deliver(alice, event).outputs)).toEqual(["1"]);
  });

  test("is found out by whoever holds on to a host", () => {
    const [first, second] = [hostOf(new Counter()), hostOf(new Counter())];
    const { registry } = registryOf([first]);
    registry.assertCurrent(first);
    registry.replace(second);
    expect(kindOf(() => registry.assertCurrent(first))).toBe("stale");
    registry.unregister(alice);
    expect(kindOf(() => registry.assertCurrent(second))).toBe("stale");
  });

  test("may be its own removal", () => {
    const { registry } = registryOf([hostOf(new Counter())]);
    expect(registry.withHost(alice, (host) => registry.unregister(host.originHash).name)).toBe(
      "counter",
    );
    registry.register(
      hostOf(
        daemonThat({
          process: () => {
            registry.unregister(alice);
            return [];
          },
        }),
      ),
    );
    expect(registry.deliver(alice, producerOf(1).next(utf8("1"))).index).toBe(1);
    expect(registry.count).toBe(0);
  });
});

describe("the daemons of a registry", () => {
  test("are delivered to, snapshot and restored by origin", () => {
    const { registry } = registryOf([
      hostOf(new Counter()),
      hostOf(new Counter(), { identity: identityOf(2) }),
    ]);
    const event = producerOf(1).next(utf8("5"));
    registry.deliver(alice, event);
    const bob = identityOf(2).originHash;
    registry.restoreFromSnapshot(bob, present(registry.snapshot(alice)));
    expect(registry.deliver(bob, event)).toMatchObject({ index: 1, repeated: true });
    expect(registry.stats(alice).eventsProcessed).toBe(1);
    expect(registry.stats(bob)).toMatchObject({ eventsProcessed: 0, repeats: 1 });
  });

  test("cannot deliver to themselves through it", () => {
    const { registry } = registryOf();
    const kinds: string[] = [];
    const producer = producerOf(1);
    registry.register(
      hostOf(
        daemonThat({
          process: () => {
            kinds.push(kindOf(() => registry.deliver(alice, producer.next(utf8("inner")))));
            return [];
          },
        }),
      ),
    );
    registry.deliver(alice, producer.next(utf8("outer")));
    expect(kinds).toEqual(["self-delivery"]);
  });
});

describe("a daemon that fails", () => {
  test("stays where nothing else is said", () => {
    const { registry, heard } = registryOf([hostOf(new Counter())]);
    const event = producerOf(1).next(utf8("fail"));
    expect(kindOf(() => registry.deliver(alice, event))).toBe("process-failed");
    expect([registry.count, heard]).toEqual([1, []]);
  });

  test("has crashed where that is the rule: it is told, and removed", () => {
    const { registry, heard } = registryOf([hostOf(new Counter())], { crashOnError: true });
    const event = producerOf(1).next(utf8("fail"));
    expect(kindOf(() => registry.deliver(alice, event))).toBe("process-failed");
    expect(registry.count).toBe(0);
    expect(heard).toMatchObject([
      { kind: "crashed", origin: alice, name: "counter" },
      { kind: "unregistered", origin: alice },
    ]);
    expect(JSON.stringify(heard)).toContain("the counter fails");
  });

  test("has not crashed if it was the event that made no sense", () => {
    const { registry } = registryOf([hostOf(new Counter())], { crashOnError: true });
    const event = { ...producerOf(1).next(utf8("1")), sequence: 0 };
    expect(kindOf(() => registry.deliver(alice, event))).toBe("bad-event: limit");
    expect(registry.count).toBe(1);
  });
});

describe("poll", () => {
  test("tells of health and saturation when they change, small changes apart", () => {
    let health: DaemonHealth = { status: "healthy" };
    let saturation = 0;
    const { registry, heard } = registryOf([
      hostOf(daemonThat({ health: () => health, saturation: () => saturation })),
    ]);
    registry.poll();
    expect(heard).toEqual([]);
    health = { status: "degraded", reason: "slow disk" };
    saturation = 0.5;
    registry.poll();
    registry.poll();
    expect(heard.splice(0)).toEqual([
      { kind: "health-changed", origin: alice, health },
      { kind: "saturation-changed", origin: alice, saturation: 0.5 },
    ]);
    saturation = 0.54;
    registry.poll();
    expect(heard).toEqual([]);
    saturation = 0.56;
    health = { status: "degraded", reason: "slower disk" };
    registry.poll();
    expect(kindsOf(heard)).toEqual(["health-changed", "saturation-changed"]);
  });

  test("goes on where a daemon or the observer throws", () => {
    const ill = daemonThat({
      health: () => {
        throw new Error("no answer");
      },
    });
    const hosts = [1, 2].map((n) => hostOf(ill, { identity: identityOf(n) }));
    const { registry } = registryOf(hosts);
    let calls = 0;
    registry.setLifecycleObserver(() => {
      calls++;
      throw new Error("the observer fails");
    });
    registry.poll();
    expect(calls).toBe(2);
  });
});

test("an observer takes the place of the one before, which it gets back", () => {
  const registry = new DaemonRegistry();
  const first = (): void => {};
  expect(registry.setLifecycleObserver(first)).toBeUndefined();
  expect(registry.setLifecycleObserver(undefined)).toBe(first);
  expect(registry.setLifecycleObserver(first)).toBeUndefined();
});
