import { describe, expect, test } from "vitest";

import { isRpcError, type RpcError, type ServiceCallOptions } from "../src/index.ts";
import { mesh, type ProviderMesh, safe, unsafe } from "./provider-mesh.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";

describe("balancing", () => {
  test("takes turns among equals", async () => {
    const { world, caller, starts } = await mesh(3);
    await world.act(caller, async () => {
      for (let i = 0; i < 30; i++) await caller.client.callService(unsafe, 0);
    });
    expect([...starts.values()]).toEqual([10, 10, 10]);
  });

  test("is exact by weight", async () => {
    const weights = [1, 2, 5];
    const { world, caller, starts } = await mesh(3, (n) => ({ weight: weights[n] ?? 1 }));
    await world.act(caller, async () => {
      for (let i = 0; i < 80; i++) await caller.client.callService(unsafe, 0);
    });
    expect(["p0", "p1", "p2"].map((name) => starts.get(name))).toEqual([10, 20, 50]);
  });

  test("uses the best priority class only, while it is well", async () => {
    const { world, caller, starts } = await mesh(4, (n) => ({ priority: n < 2 ? 1 : 2 }));
    await world.act(caller, async () => {
      for (let i = 0; i < 20; i++) await caller.client.callService(unsafe, 0);
    });
    expect(Object.fromEntries(starts)).toEqual({ p0: 10, p1: 10 });
  });

  test("at random reaches everybody", async () => {
    const { world, caller, starts } = await mesh(3);
    await world.act(caller, async () => {
      for (let i = 0; i < 60; i++) await caller.client.callService(unsafe, 0, { policy: "random" });
    });
    expect([...starts.values()].every((count) => count > 8)).toBe(true);
  });

  test("leaves out whom the caller does not trust", async () => {
    const { world, caller, providers, starts } = await mesh(3);
    const [, other = caller] = providers;
    const trusted = caller.index.get(other.nodeId)?.entityId.join();
    const trust: ServiceCallOptions["trust"] = (entityId) => entityId.join() === trusted;
    await world.act(caller, async () => {
      for (let i = 0; i < 5; i++) await caller.client.callService(unsafe, 0, { trust });
    });
    expect(Object.fromEntries(starts)).toEqual({ p1: 5 });
    expect(
      await world.try(caller, () => caller.client.callService(unsafe, 0, { trust: () => false })),
    ).toMatchObject({ kind: "no-route", delivered: "never" });
  });
});

type Fault = (mesh: ProviderMesh, provider: RpcNode) => void;
const faults: readonly (readonly [string, Fault])[] = [
  ["killed", ({ world }, { node }) => world.sim.kill(node)],
  ["frozen", ({ world }, { node }) => world.sim.freeze(node)],
  ["cut off", ({ world }, { node }) => world.sim.network.isolate(node)],
  ["deaf", (m, { node }) => m.world.sim.network.partition(m.caller.node, node, { oneWay: true })],
  ["mute", (m, { node }) => m.world.sim.network.partition(node, m.caller.node, { oneWay: true })],
];

describe("a provider that is lost during a call", () => {
  test.each(faults)("(%s) costs a safe call some 300 ms and no error", async (_, fault) => {
    for (let seed = 1; seed <= 5; seed++) {
      const self = await mesh(3, undefined, seed);
      const { world, caller, providers, takes } = self;
      for (const { name } of providers) takes.set(name, 500);
      const call = world.begin(caller, () => caller.client.callService(safe, 0, { retry: true }));
      await world.sim.runFor(20 * seed);
      const lost = providers.find(({ server }) => server.inFlight > 0)!;
      for (const { name } of providers) takes.set(name, 100);
      const at = world.sim.now;
      fault(self, lost);
      const answer = await world.sim.settle(call);
      expect(answer).toMatch(/^p\d$/);
      expect(answer).not.toBe(lost.name);
      // The silence, the move with its jitter, and the handler's own time.
      expect(world.sim.now - at).toBeLessThan(300 + 25 + 110);
      expect(caller.calls.at(-1)).toMatchObject({ outcome: "ok", moves: 1, retries: 0 });
    }
  });

  test.each(faults)(
    "(%s) fails a call that is not declared safe, and it ran once",
    async (_, fault) => {
      const self = await mesh(3);
      const { world, caller, providers, takes, starts } = self;
      for (const { name } of providers) takes.set(name, 20_000);
      const call = world.begin(caller, () =>
        caller.client.callService(unsafe, 0, { retry: true, deadlineMs: 60_000 }),
      );
      await world.sim.runFor(50);
      fault(
        self,
        providers.find(({ server }) => server.inFlight > 0)!,
      );
      const error = await world.sim.settle(call, 70_000);
      expect(error).toMatchObject({ delivered: "maybe" });
      expect([...starts.values()].reduce((sum, count) => sum + count, 0)).toBe(1);
    },
  );

  test("is not left by a pinned call, however many others there are", async () => {
    const self = await mesh(3);
    const { world, caller, providers, takes, starts } = self;
    takes.set("p1", 100);
    const [, { nodeId, node } = caller] = providers;
    const call = world.begin(caller, () =>
      caller.client.callNode(nodeId, safe, 0, { deadlineMs: 1_000 }),
    );
    await world.sim.runFor(20);
    world.sim.freeze(node);
    const error = await world.sim.settle(call);
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe", provider: nodeId });
    expect(Object.fromEntries(starts)).toEqual({ p1: 1 });
  });

  test("is waited for by a pinned call, which gets its answer if it comes back in time", async () => {
    const self = await mesh(2);
    const { world, caller, providers, takes } = self;
    takes.set("p1", 100);
    const [, { nodeId, node } = caller] = providers;
    const call = world.begin(caller, () =>
      caller.client.callNode(nodeId, safe, 0, { deadlineMs: 5_000 }),
    );
    await world.sim.runFor(20);
    world.sim.freeze(node);
    await world.sim.runFor(1_000);
    world.sim.thaw(node);
    expect(await world.sim.settle(call)).toBe("p1");
  });

  test("by a graceful close costs nothing at all: no error, no move, no retry", async () => {
    const { world, caller, providers, takes } = await mesh(3);
    for (const { name } of providers) takes.set(name, 30);
    const answers = world.begin(caller, async () => {
      const got = new Set<string>();
      for (let i = 0; i < 100; i++) got.add((await caller.client.callService(safe, 0)) as string);
      return got;
    });
    await world.sim.runFor(500);
    const [leaving] = providers;
    await world.act(leaving, () => leaving.close());
    expect(await world.sim.settle(answers)).toEqual(new Set(["p0", "p1", "p2"]));
    expect(
      caller.calls.every(
        ({ outcome, moves, retries }) => outcome === "ok" && moves + retries === 0,
      ),
    ).toBe(true);
  });
});

describe("a call that certainly did not start", () => {
  test("moves on at once, whatever it is declared, even without retry", async () => {
    const { world, caller, starts } = await mesh(2, (n) => ({
      allow: () => true,
      maxInFlight: n === 0 ? 1 : 9,
    }));
    const answers = await world.act(caller, () =>
      Promise.all(Array.from({ length: 6 }, () => caller.client.callService(unsafe, 0))),
    );
    expect(answers.filter((name) => name === "p1").length).toBeGreaterThan(2);
    expect([...starts.values()].reduce((sum, count) => sum + count, 0)).toBe(6);
  });

  test("moves off a provider that is draining, and one that no longer serves it", async () => {
    const { world, caller, providers, starts } = await mesh(3);
    // The caller hears of neither: only calls find out.
    world.sim.network.tap(({ from, datagram }) =>
      from === "p0" && datagram.length > 300 ? "drop" : undefined,
    );
    const [leaving] = providers;
    await world.act(leaving, () => leaving.server.close());
    const results = await world.act(caller, async () => {
      const got: unknown[] = [];
      for (let i = 0; i < 9; i++) got.push(await caller.client.callService(unsafe, 0));
      return got;
    });
    expect(results).not.toContain("p0");
    expect(starts.get("p0")).toBeUndefined();
  });

  test("fails in the end if every provider refuses it", async () => {
    const { world, caller, starts } = await mesh(3, () => ({ allow: () => false }));
    const error = await world.try(caller, () => caller.client.callService(unsafe, 0));
    expect(error).toMatchObject({ kind: "denied", delivered: "never" });
    expect(starts.size).toBe(0);
  });
});

describe("retry", () => {
  test("tries elsewhere after a timeout of one attempt, if the service is declared safe", async () => {
    const { world, caller, takes, providers } = await mesh(3);
    for (const { name } of providers) takes.set(name, 10);
    takes.set("p0", 60_000);
    for (let i = 0; i < 6; i++) {
      const answer = await world.act(caller, () =>
        caller.client.callService(safe, 0, { retry: true, attemptTimeoutMs: 100 }),
      );
      expect(answer).not.toBe("p0");
    }
    const retried = caller.calls.filter(({ retries }) => retries > 0);
    expect(retried).toHaveLength(1);
    expect(retried[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["timeout", "ok"]);
  });

  test("does not repeat what may have started, unless that is declared or said", async () => {
    const { world, caller, takes, providers, starts } = await mesh(3);
    for (const { name } of providers) takes.set(name, 60_000);
    const once = await world.try(caller, () =>
      caller.client.callService(unsafe, 0, { retry: true, attemptTimeoutMs: 100 }),
    );
    expect(once).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect(starts.size).toBe(1);
    starts.clear();
    const twice = await world.try(caller, () =>
      caller.client.callService(unsafe, 0, {
        retry: { maybeDelivered: true, maxAttempts: 2 },
        attemptTimeoutMs: 100,
      }),
    );
    expect(twice).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect(starts.size).toBe(2);
  });

  test("may be forbidden for what is declared safe", async () => {
    const { world, caller, takes, providers, starts } = await mesh(2);
    for (const { name } of providers) takes.set(name, 60_000);
    await world.try(caller, () =>
      caller.client.callService(safe, 0, {
        retry: { maybeDelivered: false },
        attemptTimeoutMs: 100,
      }),
    );
    expect(starts.size).toBe(1);
  });

  test("waits for a provider to appear, as long as the deadline allows", async () => {
    const { world, caller, providers } = await mesh(1);
    const call = world.begin(caller, () => caller.client.callService("late", 0, { retry: true }));
    await world.sim.runFor(2_000);
    providers[0].server.serve("late", () => "at last");
    expect(await world.sim.settle(call)).toBe("at last");
    const error = await world.try(caller, () =>
      caller.client.callService("never", 0, { retry: true, deadlineMs: 700 }),
    );
    expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
  });

  test("waits for the only provider to come back", async () => {
    const { world, caller, providers } = await mesh(1);
    world.sim.network.isolate(providers[0].node);
    const call = world.begin(caller, () => caller.client.callService(safe, 0, { retry: true }));
    await world.sim.runFor(4_000);
    world.sim.network.heal();
    expect(await world.sim.settle(call)).toBe("p0");
  });

  test("counts retries, not moves, against the number of attempts", async () => {
    const { world, caller, takes, providers, starts } = await mesh(5);
    for (const { name } of providers) takes.set(name, 60_000);
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, {
        retry: { maxAttempts: 3, initialBackoffMs: 10 },
        attemptTimeoutMs: 50,
      }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect([...starts.values()].reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(caller.calls.at(-1)).toMatchObject({ retries: 2, moves: 0 });
  });

  test("has the options of its client, where it says nothing", async () => {
    const { world, caller, takes, providers } = await mesh(2);
    for (const { name } of providers) takes.set(name, 60_000);
    const call = caller.client.client(safe, { deadlineMs: 500 });
    for (const [deadlineMs, waited] of [
      [undefined, 500],
      [200, 200],
    ] as const) {
      const before = world.sim.now;
      const error = await world.try(caller, () => call(0, { deadlineMs }));
      expect(error).toMatchObject({ kind: "timeout" });
      expect(world.sim.now - before).toBeCloseTo(waited, -1);
    }
  });

  test("ends early if the deadline comes before the next attempt, and says what was wrong", async () => {
    const { world, caller, takes, providers } = await mesh(2);
    for (const { name } of providers) takes.set(name, 60_000);
    const before = world.sim.now;
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, {
        retry: { initialBackoffMs: 9_000, maxBackoffMs: 9_000 },
        attemptTimeoutMs: 100,
        deadlineMs: 300,
      }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect(String(error)).toMatch(/took over 100 ms on node .*\(no time is left to try again\)/);
    expect(world.sim.now - before).toBeLessThan(200);
  });

  test("ends with the deadline, which bounds the operation", async () => {
    const { world, caller, takes, providers } = await mesh(2);
    for (const { name } of providers) takes.set(name, 60_000);
    const before = world.sim.now;
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, {
        retry: { maxAttempts: 99 },
        attemptTimeoutMs: 100,
        deadlineMs: 1_000,
      }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect(world.sim.now - before).toBeLessThanOrEqual(1_001);
  });
});

describe("what an error says of the whole call", () => {
  /** Two providers, of which the first is asked first, and the second refuses everybody. */
  async function unequal(
    first: (node: RpcNode) => Promise<unknown>,
    priorities = [0, 1],
  ): Promise<{ readonly world: RpcWorld; readonly caller: RpcNode }> {
    const world = new RpcWorld();
    const [caller, one, other] = [world.start("caller"), world.start("one"), world.start("other")];
    one.server.serve(safe, () => first(one), { priority: priorities[0] });
    other.server.serve(safe, () => 1, { priority: priorities[1], allow: () => false });
    await world.connect(caller, one, other);
    await world.sim.runFor(2_000);
    return { world, caller };
  }

  test("is maybe, if an earlier attempt may have started, though the last certainly did not", async () => {
    const { world, caller } = await unequal(({ node }) => node.clock.sleep(60_000));
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, { retry: true, attemptTimeoutMs: 100 }),
    );
    expect(error).toMatchObject({ kind: "denied", delivered: "maybe" });
    expect(caller.calls.at(-1)?.attempts.map(({ outcome }) => outcome)).toEqual([
      "timeout",
      "denied",
    ]);
  });

  test("is maybe, if one leg of a race may have started, though another did not", async () => {
    const failing = async ({ node }: RpcNode): Promise<never> => {
      await node.clock.sleep(300);
      throw new Error("broken");
    };
    const { world, caller } = await unequal(failing, [1, 0]);
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, { hedge: { delayMs: 50 } }),
    );
    expect(error).toMatchObject({ delivered: "maybe" });
  });

  test("is never, if every attempt was refused", async () => {
    const { world, caller } = await mesh(3, () => ({ allow: () => false }));
    for (const options of [{}, { retry: true }, { retry: true, hedge: { delayMs: 1 } }]) {
      const error = await world.try(caller, () => caller.client.callService(safe, 0, options));
      expect(error).toMatchObject({ kind: "denied", delivered: "never" });
    }
  });
});

describe("a provider that failed us", () => {
  test("is avoided for a second, then returns with a small share", async () => {
    const { world, caller, providers, starts } = await mesh(2);
    const [lost] = providers;
    world.sim.network.isolate(lost.node);
    const asked = world.begin(caller, async () => {
      for (let i = 0; i < 40; i++) {
        await caller.client.callService(safe, 0, { retry: true });
        await caller.node.clock.sleep(20);
      }
    });
    await world.sim.settle(asked);
    world.sim.network.heal();
    starts.clear();
    await world.sim.runFor(200);
    await world.act(caller, async () => {
      for (let i = 0; i < 100; i++) {
        await caller.client.callService(safe, 0, { retry: true });
        await caller.node.clock.sleep(20);
      }
    });
    const share = (starts.get(lost.name) ?? 0) / 100;
    expect(share).toBeLessThan(0.4);
    await world.sim.runFor(15_000);
    starts.clear();
    await world.act(caller, async () => {
      for (let i = 0; i < 40; i++) await caller.client.callService(safe, 0, { retry: true });
    });
    expect(starts.get(lost.name)).toBe(20);
  });

  test("is forgiven as a new process", async () => {
    const { world, caller, providers } = await mesh(2, (n) => ({ priority: n }));
    world.sim.kill(providers[0].node);
    const answer = await world.act(caller, () =>
      caller.client.callService(safe, 0, { retry: true }),
    );
    expect(answer).toBe("p1");
    const reborn = world.start(world.sim.restart("p0"));
    reborn.server.serve(safe, () => "reborn", { priority: 0 });
    await world.act(reborn, () => reborn.transport.connect({ address: caller.transport.address }));
    await world.sim.runFor(300);
    expect(await world.act(caller, () => caller.client.callService(safe, 0))).toBe("reborn");
  });

  test("is forgiven as a new process, also what is noticed only when that is there", async () => {
    const { world, caller, providers, takes } = await mesh(2, (n) => ({ priority: n }));
    takes.set("p0", 5_000);
    const running = world.begin(caller, () => caller.client.callService(safe, 0, { retry: true }));
    await world.sim.runFor(50);
    world.sim.kill(providers[0].node);
    const reborn = world.start(world.sim.restart("p0"));
    reborn.server.serve(safe, () => "reborn", { priority: 0 });
    await world.act(reborn, () => reborn.transport.connect({ address: caller.transport.address }));
    await world.sim.settle(running);
    await world.sim.runFor(100);
    expect(caller.client.stats().penalties).toEqual([]);
    expect(await world.act(caller, () => caller.client.callService(safe, 0))).toBe("reborn");
  });
});

describe("a provider without a session", () => {
  test("is dialled on first need, by what it announced through others", async () => {
    const world = new RpcWorld();
    const [caller, hub, provider] = [world.start("caller"), world.start("hub"), world.start("far")];
    provider.server.serve(safe, () => "from afar");
    await world.connect(hub, provider);
    await world.connect(caller, hub);
    await world.sim.runFor(2_000);
    expect(caller.transport.peer(provider.nodeId)).toBeUndefined();
    expect(await world.act(caller, () => caller.client.callService(safe, 0))).toBe("from afar");
    expect(caller.transport.peer(provider.nodeId)).toBeDefined();
    expect(await world.act(caller, () => caller.client.callNode(provider.nodeId, safe, 0))).toBe(
      "from afar",
    );
  });

  test("that does not answer is overtaken by the next after 100 ms", async () => {
    const world = new RpcWorld();
    const [caller, hub] = [world.start("caller"), world.start("hub")];
    const [dead, alive] = [world.start("dead"), world.start("alive")];
    dead.server.serve(safe, () => "dead", { priority: 0 });
    alive.server.serve(safe, () => "alive", { priority: 1 });
    await world.connect(hub, dead, alive);
    await world.connect(caller, hub);
    await world.sim.runFor(2_000);
    world.sim.kill(dead.node);
    const before = world.sim.now;
    expect(await world.act(caller, () => caller.client.callService(safe, 0))).toBe("alive");
    expect(world.sim.now - before).toBeLessThan(130);
    // And remembered: the next call does not wait for it again.
    const again = world.sim.now;
    expect(await world.act(caller, () => caller.client.callService(safe, 0))).toBe("alive");
    expect(world.sim.now - again).toBeLessThan(130);
  });

  test("fails the call in the end if nobody can be reached", async () => {
    const world = new RpcWorld();
    const [caller, hub, dead] = [world.start("caller"), world.start("hub"), world.start("dead")];
    dead.server.serve(safe, () => "dead");
    await world.connect(hub, dead);
    await world.connect(caller, hub);
    await world.sim.runFor(2_000);
    world.sim.kill(dead.node);
    const error = await world.try(caller, () => caller.client.callService(safe, 0));
    expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
  });
});

test("a crowd that leaves a lost provider spreads over some milliseconds", async () => {
  const self = await mesh(2);
  const { world, caller, takes, providers, starts } = self;
  for (const { name } of providers) takes.set(name, 400);
  const calls = world.begin(caller, () =>
    Promise.all(
      Array.from({ length: 200 }, () => caller.client.callService(safe, 0, { retry: true })),
    ),
  );
  await world.sim.runFor(50);
  expect(starts.get("p0")).toBe(100);
  world.sim.kill("p0");
  const answers = await world.sim.settle(calls);
  expect(answers).toEqual(Array.from({ length: 200 }, () => "p1"));
  expect(starts.get("p1")).toBe(200);
});

describe("a crowd that is larger than what the next provider takes at once", () => {
  /** Calls at a provider that is then lost; the other one takes four at a time. */
  async function crowd(
    options: ServiceCallOptions,
    standbyMs: number,
  ): Promise<{ readonly world: RpcWorld; readonly caller: RpcNode; readonly results: unknown[] }> {
    const world = new RpcWorld();
    const caller = world.start("caller");
    const first = world.start("first");
    const standby = world.start("standby", { limits: { maxOpenStreams: 8 } });
    for (const [node, priority] of [
      [first, 0],
      [standby, 1],
    ] as const) {
      node.server.serve(
        safe,
        async (_: unknown, { signal }) => {
          await node.node.clock.sleep(node === first ? 60_000 : standbyMs, { signal });
          return node.name;
        },
        { priority },
      );
    }
    await world.connect(caller, first, standby);
    await world.sim.runFor(2_000);
    const calls = world.begin(caller, () =>
      Promise.allSettled(
        Array.from({ length: 40 }, () => caller.client.callService(safe, 0, options)),
      ),
    );
    await world.sim.runFor(50);
    world.sim.kill(first.node);
    const settled = (await world.sim.settle(calls)) as PromiseSettledResult<unknown>[];
    const results = settled.map((one) => (one.status === "fulfilled" ? one.value : one.reason));
    return { world, caller, results };
  }

  test("queues there: all are answered, without a retry", async () => {
    const { caller, results } = await crowd({ retry: true }, 100);
    expect(results).toEqual(Array.from({ length: 40 }, () => "standby"));
    expect(caller.calls.every(({ retries, moves }) => retries === 0 && moves === 1)).toBe(true);
  });

  test("waits no longer than its attempts may take", async () => {
    const options = { retry: { maxAttempts: 1 }, attemptTimeoutMs: 1_000 };
    const { world, caller, results } = await crowd(options, 60_000);
    const timeouts = results.filter((result): result is RpcError => isRpcError(result, "timeout"));
    expect(timeouts).toHaveLength(40);
    // All of them were at the first provider.
    expect(timeouts.every(({ delivered }) => delivered === "maybe")).toBe(true);
    await world.sim.runFor(1_000);
    const { streams, sessions } = caller.transport.stats();
    expect(streams).toBeLessThanOrEqual(2 * sessions);
  });
});

test("sessions with standbys are kept, so that a move finds one there", async () => {
  const world = new RpcWorld();
  const [caller, hub] = [world.start("caller"), world.start("hub")];
  const providers = ["p0", "p1", "p2"].map((name) => world.start(name));
  for (const [priority, { server, name }] of providers.entries()) {
    server.serve(safe, () => name, { priority });
  }
  await world.connect(hub, ...providers);
  await world.connect(caller, hub);
  await world.sim.runFor(2_000);
  const connected = (): string[] =>
    providers.filter(({ nodeId }) => caller.transport.peer(nodeId)).map(({ name }) => name);
  const call = (): Promise<unknown> =>
    world.act(caller, () => caller.client.callService(safe, 0, { retry: true }));
  expect(connected()).toEqual([]);
  expect(await call()).toBe("p0");
  await world.sim.runFor(200);
  expect(connected()).toEqual(["p0", "p1"]);
  world.sim.kill("p0");
  expect(await call()).toBe("p1");
  await world.sim.runFor(3_000);
  expect(connected()).toContain("p2");
});
