import { CapabilitySet, SubnetPolicy, where } from "@selvage/capability-index";
import { type EntityId, formatEntityId } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import {
  ApplicationError,
  defineService,
  isRpcError,
  type RpcError,
  type ServiceCallOptions,
} from "../src/index.ts";
import { identityOf, type RpcNode, type RpcNodeConfig, RpcWorld } from "./rpc-world.ts";

const greet = defineService({ name: "greet", idempotent: true });

interface Mesh {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly providers: readonly [RpcNode, ...RpcNode[]];
  /** How each provider answers; by default with its name, at once. */
  readonly answers: Map<string, (node: RpcNode) => unknown>;
  /** How often a handler started, by provider. */
  readonly starts: Map<string, number>;
  /** Makes calls one after the other; what came of each. */
  call(options?: ServiceCallOptions, times?: number): Promise<unknown[]>;
}

/** A caller and providers of one service, each made by its row. */
async function mesh(
  rows: readonly RpcNodeConfig[],
  ofCaller: RpcNodeConfig = {},
  seed: number | string = 1,
): Promise<Mesh> {
  const world = new RpcWorld(seed);
  const caller = world.start("caller", ofCaller);
  const [first = {}, ...rest] = rows;
  const providers = [
    world.start("p0", first),
    ...rest.map((row, n) => world.start(`p${n + 1}`, row)),
  ] as const;
  const answers: Mesh["answers"] = new Map();
  const starts = new Map<string, number>();
  for (const node of providers) {
    node.server.serve(greet, () => {
      starts.set(node.name, (starts.get(node.name) ?? 0) + 1);
      return (answers.get(node.name) ?? (({ name }) => name))(node);
    });
  }
  await world.connect(caller, ...providers);
  await world.sim.runFor(3_000);
  return {
    world,
    caller,
    providers,
    answers,
    starts,
    call: async (options = {}, times = 1) => {
      const results: unknown[] = [];
      for (let i = 0; i < times; i++) {
        results.push(await world.try(caller, () => caller.client.callService(greet, i, options)));
      }
      return results;
    },
  };
}

const broken = (): never => {
  throw new Error("broken");
};

describe("sticky", () => {
  test("keeps to one provider per key, which only its loss changes, and for its keys alone", async () => {
    const self = await mesh([{}, {}, {}]);
    const { world, providers, call } = self;
    const keys = Array.from({ length: 12 }, (_, n) => `customer-${n}`);
    const place = async (): Promise<unknown[]> => {
      const places: unknown[] = [];
      for (const stickyKey of keys) {
        places.push(...(await call({ policy: "sticky", stickyKey, retry: true })));
      }
      return places;
    };
    const before = await place();
    expect(await place()).toEqual(before);
    expect(new Set(before)).toEqual(new Set(["p0", "p1", "p2"]));
    world.sim.kill(providers[0].node);
    const after = await place();
    expect(after).not.toContain("p0");
    for (const [n, name] of before.entries()) if (name !== "p0") expect(after[n]).toBe(name);
  });

  test("without a key, and a policy that there is not, are refused before anything is sent", async () => {
    const { call, starts } = await mesh([{}]);
    const [noKey, empty, unknown] = [
      ...(await call({ policy: "sticky" })),
      ...(await call({ policy: "sticky", stickyKey: "" })),
      ...(await call({ policy: "fastest" as never })),
    ];
    for (const error of [noKey, empty]) {
      expect(error).toBeInstanceOf(RangeError);
      expect(String(error)).toContain("stickyKey");
    }
    expect(unknown).toBeInstanceOf(RangeError);
    expect(String(unknown)).toContain('got "fastest"');
    expect(starts.size).toBe(0);
  });
});

describe("options of a call that are wrong", () => {
  test.each([
    [{ attemptTimeoutMs: 0 }, "attemptTimeoutMs must be a positive number, got 0"],
    [{ attemptTimeoutMs: Number.NaN }, "attemptTimeoutMs must be a positive number, got NaN"],
    [{ retry: { maxAttempts: 0 } }, "retry.maxAttempts must be at least 1, got 0"],
    [{ retry: { initialBackoffMs: -1 } }, "retry.initialBackoffMs must be at least 0, got -1"],
    [{ retry: { backoffMultiplier: "2" } }, "retry.backoffMultiplier must be at least 1, got 2"],
    [{ retry: { attempts: 5 } }, 'retry has no property "attempts"'],
    [{ retry: 3 }, "retry must be true, false or options, got 3"],
    [{ hedge: null }, "hedge must be true, false or options, got null"],
    [{ attemptTimeoutMs: "50" }, 'attemptTimeoutMs must be a positive number, got "50"'],
    [{ hedge: { delayMs: Number.NaN } }, "hedge.delayMs must be at least 0, got NaN"],
    [{ hedge: { delay: 5 } }, 'hedge has no property "delay"'],
  ])("%o fail it at once, though it would have succeeded", async (options, text) => {
    const { call, starts } = await mesh([{}]);
    const [error] = await call(options as ServiceCallOptions);
    expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
    expect(String(error)).toContain(text);
    expect(starts.size).toBe(0);
  });
});

describe("by what was measured", () => {
  const slow = (ms: number) => (node: RpcNode) => node.node.clock.sleep(ms).then(() => node.name);

  test("lowest-latency finds the fastest, and another one when that has become slow", async () => {
    const { call, answers } = await mesh([{}, {}, {}]);
    for (const [n, ms] of [40, 5, 40].entries()) answers.set(`p${n}`, slow(ms));
    const favourite = async (): Promise<unknown> => {
      const picks = await call({ policy: "lowest-latency" }, 200);
      const last = picks.slice(-50);
      return ["p0", "p1", "p2"].find((name) => last.filter((pick) => pick === name).length > 40);
    };
    expect(await favourite()).toBe("p1");
    answers.set("p1", slow(200));
    answers.set("p2", slow(5));
    expect(await favourite()).toBe("p2");
  });

  test("least-loaded gives the slow one less, in proportion", async () => {
    const { world, caller, answers, starts } = await mesh([{}, {}]);
    answers.set("p0", slow(10));
    answers.set("p1", slow(90));
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        await caller.client.callService(greet, i, { policy: "least-loaded" });
      }
    };
    await world.act(caller, () => Promise.all(Array.from({ length: 10 }, loop)), 120_000);
    const [quick = 0, slowly = 0] = [starts.get("p0"), starts.get("p1")];
    expect(quick / slowly).toBeGreaterThan(5);
    expect(slowly).toBeGreaterThan(10);
  });
});

test("least-loaded counts a stream until it ends", async () => {
  const watch = defineService({ name: "watch", shape: "server-stream" });
  const { world, caller, providers } = await mesh([{}, {}]);
  for (const { server, name, node } of providers) {
    server.serve(watch, async function* (_, { signal }) {
      yield name;
      await node.clock.sleep(60_000, { signal });
    });
  }
  await world.sim.runFor(3_000);
  const open = async (): Promise<AsyncIterator<unknown>> => {
    const answers = caller.client.callService(watch, 0, { policy: "least-loaded" });
    const iterator = answers[Symbol.asyncIterator]();
    await iterator.next();
    return iterator;
  };
  const inFlight = (): number[] => providers.map(({ server }) => server.inFlight);
  const streams = await world.act(caller, async () => {
    const all: AsyncIterator<unknown>[] = [];
    for (let i = 0; i < 8; i++) all.push(await open());
    return all;
  });
  expect(inFlight()).toEqual([4, 4]);
  await world.act(caller, async () => {
    for (const stream of streams.slice(0, 6)) await stream.return?.();
  });
  await world.sim.runFor(100);
  expect(inFlight().reduce((sum, count) => sum + count, 0)).toBe(2);
  await world.act(caller, async () => {
    for (let i = 0; i < 6; i++) await open();
  });
  expect(inFlight()).toEqual([4, 4]);
});

describe("a call that asks for capabilities", () => {
  const gpu = CapabilitySet.empty.withTags("hardware.gpu");

  test("goes to providers that have them", async () => {
    const { call } = await mesh([{}, { capabilities: gpu }, {}]);
    const where1 = where.tag("hardware.gpu").exists();
    expect(await call({ where: where1 }, 4)).toEqual(["p1", "p1", "p1", "p1"]);
  });

  test("goes to providers that want to be found by it", async () => {
    const tenant = CapabilitySet.empty.withTenantScope("acme");
    const { call } = await mesh([{}, { capabilities: tenant }, {}]);
    expect(new Set(await call({ scope: { kind: "globalOnly" } }, 6))).toEqual(
      new Set(["p0", "p2"]),
    );
    const acme = { scope: { kind: "tenant", tenant: "acme" } } as const;
    expect(new Set(await call(acme, 6))).toEqual(new Set(["p0", "p1", "p2"]));
  });

  test("goes to providers in its own subnet, as the index knows it", async () => {
    const policy = new SubnetPolicy([{ level: 1, values: { "site:a": 1, "site:b": 2 } }]);
    const at = (site: string): RpcNodeConfig => ({
      capabilities: CapabilitySet.empty.withTags(`site:${site}`),
      subnets: policy,
    });
    const { caller, call } = await mesh([at("a"), at("b"), at("a")], at("b"));
    // A node is where it says it is: the caller serves nothing, and must announce all the same.
    caller.server.serve("nothing", () => 0);
    expect(new Set(await call({ scope: { kind: "sameSubnet" } }, 4))).toEqual(new Set(["p1"]));
  });

  test("fails with the reasons if nobody is left, at once or at its deadline", async () => {
    const { call, providers, caller, starts } = await mesh([{}, { capabilities: gpu }, {}]);
    const trusted = caller.index.get(providers[0].nodeId)?.entityId.join();
    const options: ServiceCallOptions = {
      where: where.tag("hardware.gpu").exists(),
      trust: (entityId) => entityId.join() === trusted,
    };
    for (const retry of [false, true]) {
      const [error] = await call({ ...options, retry, deadlineMs: 500 });
      expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
      expect(String(error)).toContain("3 known, 2 not as `where` asks, 1 not trusted");
    }
    expect(starts.size).toBe(0);
  });

  test("of a scope that there is not is refused", async () => {
    const { call, starts } = await mesh([{}]);
    expect((await call({ scope: { kind: "nearby" } as never }))[0]).toBeInstanceOf(TypeError);
    expect(starts.size).toBe(0);
  });

  test("is denied if the allow-lists of all providers exclude the caller", async () => {
    const allowedNodes = [identityOf("somebody").nodeId];
    const { call, starts } = await mesh([{ allowedNodes }, { allowedNodes }]);
    const [error] = await call();
    expect(error).toMatchObject({ kind: "denied", delivered: "never" });
    expect(starts.size).toBe(0);
  });
});

describe("filterUnhealthy: false", () => {
  test("picks silent providers like others, and waits for them", async () => {
    const { world, providers, call } = await mesh([{}, {}]);
    world.sim.freeze(providers[0].node);
    const asked = { retry: true, deadlineMs: 400, filterUnhealthy: false } as const;
    // By now it is known to be silent.
    await call({ retry: true }, 2);
    const results = await call(asked, 4);
    expect(results.filter((result) => result === "p1")).toHaveLength(2);
    expect(results.filter((result) => isRpcError(result, "timeout"))).toHaveLength(2);
    expect(await call({ retry: true }, 4)).toEqual(["p1", "p1", "p1", "p1"]);
  });
});

describe("a service that fails at a provider which is alive", () => {
  test("is called elsewhere after five failures in a row, and tried again with one call", async () => {
    const { world, call, answers, starts } = await mesh([{}, {}]);
    answers.set("p0", broken);
    const results = await call({}, 40);
    expect(results.filter((result) => result !== "p1")).toHaveLength(5);
    expect(starts.get("p0")).toBe(5);
    await world.sim.runFor(1_300);
    expect((await call({}, 10)).filter((result) => result !== "p1")).toHaveLength(1);
    answers.delete("p0");
    await world.sim.runFor(2_500);
    expect((await call({}, 10)).filter((result) => result === "p0")).toHaveLength(5);
  });

  test("is called all the same if nobody else serves it, by one call at a time", async () => {
    const { world, providers, call, answers, starts, caller } = await mesh([{}]);
    answers.set("p0", broken);
    for (const error of await call({}, 9)) expect(error).toMatchObject({ kind: "internal" });
    starts.clear();
    answers.set("p0", ({ node }) => node.clock.sleep(50).then(broken));
    const errors = await world.act(caller, () =>
      Promise.allSettled(Array.from({ length: 4 }, () => caller.client.callService(greet, 0))),
    );
    expect(starts.get("p0")).toBe(1);
    const kinds = errors.map((result) => (result as { reason: RpcError }).reason.kind);
    expect(kinds.toSorted()).toEqual(["internal", "unavailable", "unavailable", "unavailable"]);
    const refused = caller.calls.filter(({ outcome }) => outcome === "unavailable");
    expect(refused[0]).toMatchObject({ attempts: [], moves: 0, retries: 0 });
    expect(String((errors[3] as { reason: unknown }).reason)).toContain(providers[0].nodeId);
    answers.delete("p0");
    expect(await call({}, 3)).toEqual(["p0", "p0", "p0"]);
  });

  test("is waited for by calls with retry, of which one tries it out", async () => {
    const { world, caller, call, answers, starts } = await mesh([{}]);
    answers.set("p0", broken);
    await call({}, 5);
    answers.set("p0", ({ node, name }) => node.clock.sleep(50).then(() => name));
    let most = 0;
    let inFlight = 0;
    const waiting = world.begin(caller, () =>
      Promise.all(
        Array.from({ length: 20 }, () => caller.client.callService(greet, 0, { retry: true })),
      ),
    );
    for (let i = 0; i < 150; i++) {
      await world.sim.runFor(10);
      inFlight = (starts.get("p0") ?? 0) - 5;
      if (inFlight > 0 && most === 0) most = inFlight;
    }
    expect(most).toBe(1);
    expect(await world.sim.settle(waiting)).toEqual(Array.from({ length: 20 }, () => "p0"));
    expect(caller.calls.slice(-20).every(({ retries, moves }) => retries + moves === 0)).toBe(true);
  });

  test("is not judged by calls that have less time than an answer takes", async () => {
    const { world, caller, call, answers } = await mesh([{}]);
    answers.set("p0", ({ node, name }) => node.clock.sleep(200).then(() => name));
    expect(await call()).toEqual(["p0"]);
    const hasty = await call({ deadlineMs: 50 }, 9);
    for (const error of hasty) expect(error).toMatchObject({ kind: "timeout" });
    const patient = await world.act(caller, () =>
      Promise.all(Array.from({ length: 4 }, () => caller.client.callService(greet, 0))),
    );
    expect(patient).toEqual(["p0", "p0", "p0", "p0"]);
  });

  test("goes on being called if its failures are answers of its own", async () => {
    const { call, answers, starts } = await mesh([{}]);
    answers.set("p0", () => {
      throw new ApplicationError("sold-out", "nothing left");
    });
    const results = await call({}, 20);
    for (const error of results) expect(error).toMatchObject({ kind: "application" });
    expect(starts.get("p0")).toBe(20);
  });
});

describe("the retries of a service", () => {
  test("end before its calls do, and the last error says so", async () => {
    const { call, answers, caller } = await mesh([{}, {}, {}]);
    for (const name of ["p0", "p1", "p2"]) answers.set(name, broken);
    const results = await call({ retry: { initialBackoffMs: 1 } }, 4);
    for (const error of results) expect(error).toMatchObject({ kind: "internal" });
    const retries = caller.calls.map((event) => event.retries);
    expect(retries).toEqual([2, 2, 1, 0]);
    expect(String(results[0])).not.toContain("no retry");
    expect(String(results[3])).toContain('(no retry: too many calls of "greet" fail)');
  });

  test("come back with answers, and moves cost none", async () => {
    const { world, call, answers, caller, providers } = await mesh([{}, {}, {}, {}]);
    for (const name of ["p0", "p1", "p2", "p3"]) answers.set(name, broken);
    await call({ retry: { initialBackoffMs: 1 } }, 4);
    answers.clear();
    await world.sim.runFor(3_000);
    await world.act(providers[0], () => providers[0].server.close());
    await call({ retry: true }, 100);
    answers.set("p1", broken);
    const before = caller.calls.length;
    expect(await call({ retry: { initialBackoffMs: 1 } }, 9)).not.toContain("p1");
    expect(caller.calls.slice(before).some(({ retries }) => retries > 0)).toBe(true);
  });
});

describe("a penalty", () => {
  test("outlives the session, though not the process", async () => {
    const { world, caller, providers, call } = await mesh([{}, {}]);
    const [first] = providers;
    const favours = async (): Promise<number> => {
      const picks = await call({ retry: true }, 10);
      return picks.filter((pick) => pick === "p0").length;
    };
    world.sim.network.isolate(first.node);
    await call({ retry: true }, 4);
    world.sim.network.heal();
    await world.act(caller, () => caller.transport.connect({ address: first.transport.address }));
    expect(await favours()).toBeLessThan(4);
    world.sim.kill(first.node);
    await world.sim.runFor(100);
    const reborn = world.start(world.sim.restart("p0"));
    reborn.server.serve(greet, () => "p0");
    await world.act(reborn, () => reborn.transport.connect({ address: caller.transport.address }));
    await world.sim.runFor(300);
    expect(await favours()).toBe(5);
  });
});

describe("a `trust` that throws", () => {
  /** A caller with two providers, of which the first is used while it is well, and one to come. */
  async function strangers(): Promise<{
    readonly world: RpcWorld;
    readonly caller: RpcNode;
    readonly first: RpcNode;
    readonly come: () => Promise<void>;
  }> {
    const world = new RpcWorld();
    const [caller, first] = [world.start("caller"), world.start("first")];
    const [second, late] = [world.start("second"), world.start("late")];
    const serve = ({ name, node, server }: RpcNode, priority: number): void => {
      const handler = async (ms: unknown): Promise<string> => {
        await node.clock.sleep(Number(ms));
        return name;
      };
      server.serve(greet, handler, { priority });
    };
    serve(first, 0);
    serve(second, 1);
    await world.connect(caller, first, second);
    await world.sim.runFor(2_000);
    const come = async (): Promise<void> => {
      serve(late, 2);
      await world.connect(caller, late);
    };
    return { world, caller, first, come };
  }

  /** Knows the providers so far, and is a mistake for any other. */
  function knowing({ index }: RpcNode): (entityId: EntityId) => boolean {
    const known = new Set(index.find({}).map(({ entityId }) => formatEntityId(entityId)));
    return (entityId) => {
      if (known.has(formatEntityId(entityId))) return true;
      throw new Error("who is that?");
    };
  }

  test("at a stranger fails the next call with that, and nothing else", async () => {
    const { world, caller, come } = await strangers();
    const options = { trust: knowing(caller) };
    const call = (): Promise<unknown> =>
      world.try(caller, () => caller.client.callService(greet, 0, options));
    expect(await call()).toBe("first");
    await come();
    // Long enough for sessions to be looked after.
    await world.sim.runFor(10_000);
    expect(String(await call())).toBe("Error: who is that?");
  });

  test("fails its own call, and keeps no other from leaving a lost provider", async () => {
    const { world, caller, first, come } = await strangers();
    const trust = knowing(caller);
    const begin = (options: ServiceCallOptions): Promise<unknown> =>
      world.begin(caller, () =>
        caller.client.callService(greet, 5_000, { retry: true, deadlineMs: 20_000, ...options }),
      );
    const [own, other] = [begin({ trust }), begin({})];
    await world.sim.runFor(50);
    await come();
    world.sim.kill(first.node);
    const before = world.sim.now;
    expect(await world.sim.settle(other)).toBe("second");
    expect(world.sim.now - before).toBeLessThan(5_000 + 500);
    expect(String(await world.sim.settle(own))).toBe("Error: who is that?");
  });
});
