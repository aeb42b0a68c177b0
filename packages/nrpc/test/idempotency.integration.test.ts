import { describe, expect, test } from "vitest";

import {
  ApplicationError,
  type CallContext,
  type CallOptions,
  defineService,
  MemoryReplayStore,
  type ReplayStore,
  type ServeOptions,
} from "../src/index.ts";
import { RpcWorld, type RpcNode, type RpcNodeConfig } from "./rpc-world.ts";

/** Two callers of a provider that counts how often its handler started. */
async function bench(
  config: RpcNodeConfig = {},
  options: ServeOptions = {},
): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly other: RpcNode;
  readonly provider: RpcNode;
  readonly started: unknown[];
  readonly aborts: unknown[];
  readonly call: (request: unknown, options?: CallOptions, from?: RpcNode) => Promise<unknown>;
}> {
  const world = new RpcWorld();
  const provider = world.start("provider", config);
  const [caller, other] = [world.start("caller"), world.start("other")];
  const started: unknown[] = [];
  const aborts: unknown[] = [];
  await world.act(provider, () =>
    provider.server.serve("pay", handler(provider, started, aborts), options),
  );
  await world.connect(caller, provider);
  await world.connect(other, provider);
  const call = (request: unknown, given?: CallOptions, from = caller): Promise<unknown> =>
    world.begin(from, () =>
      from.client.callNode(provider.nodeId, "pay", request, { idempotencyKey: "k1", ...given }),
    );
  return { world, caller, other, provider, started, aborts, call };
}

/** Takes half a second or five, or fails as it is told to; answers how many times it has started. */
function handler({ node }: RpcNode, started: unknown[], aborts: unknown[]) {
  return async (request: unknown, { signal, trailers }: CallContext): Promise<unknown> => {
    started.push(request);
    signal.addEventListener("abort", () => aborts.push(signal.reason));
    trailers.set("receipt", String(started.length));
    await node.clock.sleep(request === "slow" ? 5_000 : 500, { signal });
    if (request === "refuse") throw new ApplicationError("no-funds", "none left", { details: 7 });
    if (request === "explode") throw new Error("a bug");
    if (request === "big") return "x".repeat(10_000);
    return started.length;
  };
}

describe("a repeat with the same key", () => {
  test("gets the stored answer, with its trailers, and starts nothing", async () => {
    const { world, call, started } = await bench();
    const trailers: unknown[] = [];
    const onTrailers = (map: ReadonlyMap<string, string>): void => void trailers.push(...map);
    expect(await world.sim.settle(call("a"))).toBe(1);
    const before = world.sim.now;
    expect(await world.sim.settle(call("a", { onTrailers }))).toBe(1);
    expect(world.sim.now - before).toBeLessThan(50);
    expect([started, trailers]).toEqual([["a"], [["receipt", "1"]]]);
  });

  test("joins the call that is still running, however many come", async () => {
    const { world, call, started } = await bench();
    const calls = [call("a")];
    await world.sim.runFor(100);
    calls.push(call("a"), call("a"), call("a"));
    expect(await world.sim.settle(Promise.all(calls))).toEqual([1, 1, 1, 1]);
    expect(started).toEqual(["a"]);
  });

  test("sent in the same moment runs once, too", async () => {
    const { world, call, started } = await bench();
    expect(await world.sim.settle(Promise.all([call("a"), call("a")]))).toEqual([1, 1]);
    expect(started).toEqual(["a"]);
  });

  test.each([
    [
      "an error of the application",
      "refuse",
      { kind: "application", code: "no-funds", details: 7 },
    ],
    ["a handler that broke", "explode", { kind: "internal", delivered: "maybe" }],
  ])("hears again of %s", async (_, request, error) => {
    const { world, call, started } = await bench();
    expect(await world.sim.settle(call(request))).toMatchObject(error);
    expect(await world.sim.settle(call(request))).toMatchObject(error);
    expect(started).toEqual([request]);
  });

  test("but another request is refused, while the first runs and after", async () => {
    const { world, call, started } = await bench();
    const mismatch = { kind: "idempotency-mismatch", delivered: "never", retryable: false };
    const first = call("a");
    await world.sim.runFor(100);
    expect(await world.sim.settle(call("b"))).toMatchObject(mismatch);
    expect(await world.sim.settle(first)).toBe(1);
    expect(await world.sim.settle(call("b"))).toMatchObject(mismatch);
    expect(started).toEqual(["a"]);
  });

  test("by another caller is another call: keys cannot be guessed", async () => {
    const { world, call, other, started } = await bench();
    expect(await world.sim.settle(call("a"))).toBe(1);
    expect(await world.sim.settle(call("a", {}, other))).toBe(2);
    expect(await world.sim.settle(call("b", {}, other))).toMatchObject({
      kind: "idempotency-mismatch",
    });
    expect(started).toEqual(["a", "a"]);
  });

  test("of another service is another call", async () => {
    const { world, call, caller, provider, started } = await bench();
    provider.server.serve("refund", () => "back");
    expect(await world.sim.settle(call("a"))).toBe(1);
    const idempotencyKey = "k1";
    const refund = (): Promise<unknown> =>
      caller.client.callNode(provider.nodeId, "refund", "a", { idempotencyKey });
    expect(await world.act(caller, refund)).toBe("back");
    expect(started).toEqual(["a"]);
  });

  test("after ten minutes is a new call", async () => {
    const { world, call, started } = await bench();
    expect(await world.sim.settle(call("a"))).toBe(1);
    await world.sim.runFor(599_000);
    expect(await world.sim.settle(call("b"))).toMatchObject({ kind: "idempotency-mismatch" });
    await world.sim.runFor(1_000);
    expect(await world.sim.settle(call("b"))).toBe(2);
    expect(started).toEqual(["a", "b"]);
  });

  test("waits no longer than its own deadline", async () => {
    const { world, call } = await bench();
    const first = call("a");
    await world.sim.runFor(50);
    const before = world.sim.now;
    expect(await world.sim.settle(call("a", { deadlineMs: 100 }))).toMatchObject({
      kind: "timeout",
    });
    expect(world.sim.now - before).toBeLessThan(110);
    expect(await world.sim.settle(first)).toBe(1);
  });

  test("needs no slot: the provider may be full, or about to close", async () => {
    const { world, call, provider, other } = await bench({}, { maxInFlight: 1 });
    const first = call("a");
    await world.sim.runFor(50);
    expect(await world.sim.settle(call("z", {}, other))).toMatchObject({ kind: "backpressure" });
    const joined = call("a");
    await world.sim.runFor(50);
    const closing = world.begin(provider, () => provider.server.close());
    const late = call("a");
    expect(await world.sim.settle(Promise.all([first, joined, late]))).toEqual([1, 1, 1]);
    await world.sim.settle(closing);
    expect(await world.sim.settle(call("a"))).toBe(1);
    expect(await world.sim.settle(call("a", { idempotencyKey: "new" }))).toMatchObject({
      kind: "draining",
      delivered: "never",
    });
  });
});

describe("a call with a key", () => {
  test("that was refused is forgotten: the repeat may run", async () => {
    const { world, call, other, started } = await bench({}, { maxInFlight: 1 });
    void call("x", {}, other);
    await world.sim.runFor(50);
    expect(await world.sim.settle(call("a"))).toMatchObject({ kind: "backpressure" });
    await world.sim.runFor(600);
    expect(await world.sim.settle(call("a"))).toBe(2);
    expect(started).toEqual(["x", "a"]);
  });

  test("whose caller left the queue hands its turn to the repeat", async () => {
    const { world, call, other, started } = await bench({}, { maxInFlight: 1, queue: 2 });
    void call("x", {}, other);
    await world.sim.runFor(50);
    const giveUp = new AbortController();
    const first = call("a", { signal: giveUp.signal });
    await world.sim.runFor(50);
    const repeat = call("a");
    await world.sim.runFor(50);
    giveUp.abort("left");
    expect(await world.sim.settle(first)).toBe("left");
    expect(await world.sim.settle(repeat)).toBe(2);
    expect(started).toEqual(["x", "a"]);
  });

  test("outlives a caller that is lost, whose next life may come for the answer", async () => {
    const { world, call, caller, provider, started, aborts } = await bench();
    void call("slow");
    await world.sim.runFor(50);
    world.sim.kill(caller.node);
    const again = world.start(world.sim.restart(caller.node));
    await world.connect(again, provider);
    expect(provider.server.inFlight).toBe(1);
    expect(await world.sim.settle(call("slow", {}, again))).toBe(1);
    expect([started, aborts]).toEqual([["slow"], []]);
  });

  test("ends when its caller takes it back, and that is what the repeat hears", async () => {
    const { world, call, started, aborts } = await bench();
    const giveUp = new AbortController();
    const first = call("a", { signal: giveUp.signal });
    await world.sim.runFor(50);
    giveUp.abort("changed my mind");
    expect(await world.sim.settle(first)).toBe("changed my mind");
    await world.sim.runFor(50);
    expect(aborts).toMatchObject([{ kind: "cancelled" }]);
    expect(await world.sim.settle(call("a"))).toMatchObject({
      kind: "cancelled",
      delivered: "maybe",
    });
    expect(started).toEqual(["a"]);
  });

  test("ends at its deadline, and that is what the repeat hears", async () => {
    const { world, call, started, aborts } = await bench();
    await world.sim.settle(call("a", { deadlineMs: 100 }));
    await world.sim.runFor(50);
    expect(aborts).toMatchObject([{ kind: "timeout" }]);
    expect(await world.sim.settle(call("a"))).toMatchObject({ kind: "timeout" });
    expect(started).toEqual(["a"]);
  });

  test("needs a key of at most 255 characters", async () => {
    const { world, call } = await bench();
    expect(await world.sim.settle(call("a", { idempotencyKey: "k".repeat(256) }))).toBeInstanceOf(
      RangeError,
    );
    expect(await world.sim.settle(call("a", { idempotencyKey: "k".repeat(255) }))).toBe(1);
  });
});

describe("the store", () => {
  /** A store with small bounds, on the clock of nobody. */
  const small = (bounds: { maxEntries?: number; maxBytes?: number }): ReplayStore => {
    const clock = new RpcWorld().sim.node("clock").clock;
    return new MemoryReplayStore({ clock, ...bounds });
  };

  test("that is full refuses new keys and forgets no old one", async () => {
    const { world, call, started } = await bench({ replayStore: small({ maxEntries: 2 }) });
    for (const idempotencyKey of ["k1", "k2"]) {
      await world.sim.settle(call("a", { idempotencyKey }));
    }
    expect(await world.sim.settle(call("a", { idempotencyKey: "k3" }))).toMatchObject({
      kind: "backpressure",
      delivered: "never",
    });
    expect(await world.sim.settle(call("a"))).toBe(1);
    expect(started).toEqual(["a", "a"]);
  });

  test("that cannot keep an answer says so, and the call is still not repeated", async () => {
    const { world, call, started } = await bench({ replayStore: small({ maxBytes: 5_000 }) });
    expect(await world.sim.settle(call("big"))).toHaveLength(10_000);
    const repeat = await world.sim.settle(call("big"));
    expect(repeat).toMatchObject({ kind: "internal", delivered: "maybe" });
    expect(String(repeat)).toContain("answered, by more than could be kept");
    expect(started).toEqual(["big"]);
  });

  test("that fails fails the call, whose handler did not start", async () => {
    const broken: ReplayStore = { claim: () => Promise.reject(new Error("no connection")) };
    const { world, call, started } = await bench({ replayStore: broken });
    expect(await world.sim.settle(call("a"))).toMatchObject({
      kind: "internal",
      delivered: "never",
    });
    expect(started).toEqual([]);
  });

  test.each([
    ["does not start what has expired meanwhile", { deadlineMs: 100 }, 0],
    ["does not start what was taken back meanwhile", { signal: true }, 0],
    ["starts what is still wanted", { deadlineMs: 10_000 }, 1],
  ])("that takes its time %s", async (_, how, starts) => {
    const slow: ReplayStore = {
      claim: async () => {
        await store.clock.sleep(500);
        return { state: "claimed", complete() {}, release: () => void released.push("k1") };
      },
    };
    const released: string[] = [];
    const { world, call, started, provider } = await bench({ replayStore: slow });
    const store = provider.node;
    const giveUp = new AbortController();
    const { deadlineMs } = how as CallOptions;
    const asked = call("a", "signal" in how ? { signal: giveUp.signal } : { deadlineMs });
    await world.sim.runFor(200);
    giveUp.abort("enough");
    await world.sim.settle(asked);
    await world.sim.runFor(1_000);
    expect([started.length, released.length]).toEqual([starts, 1 - starts]);
  });

  test("that does not take an answer costs the caller nothing", async () => {
    const refusing: ReplayStore = {
      claim: () => ({
        state: "claimed",
        complete: () => Promise.reject(new Error("read-only")),
        release() {},
      }),
    };
    const { world, call } = await bench({ replayStore: refusing });
    expect(await world.sim.settle(call("a"))).toBe(1);
  });

  test("that two providers share makes repeats harmless at both together", async () => {
    const world = new RpcWorld();
    const replayStore = new MemoryReplayStore({ clock: world.sim.node("store").clock });
    const caller = world.start("caller");
    const providers = ["one", "two"].map((name) => world.start(name, { replayStore }));
    const started: unknown[] = [];
    for (const provider of providers) {
      await world.act(provider, () => provider.server.serve("pay", handler(provider, started, [])));
    }
    await world.connect(caller, ...providers);
    const at = ({ nodeId }: RpcNode, request: unknown, deadlineMs = 5_000): Promise<unknown> =>
      world.begin(caller, () =>
        caller.client.callNode(nodeId, "pay", request, { idempotencyKey: "k1", deadlineMs }),
      );
    const [one, two] = providers as [RpcNode, RpcNode];
    const first = at(one, "a");
    await world.sim.runFor(100);
    const tooShort = at(two, "a", 200);
    const patient = at(two, "a");
    expect(await world.sim.settle(tooShort)).toMatchObject({ kind: "timeout" });
    expect(await world.sim.settle(Promise.all([first, patient]))).toEqual([1, 1]);
    expect(await world.sim.settle(at(two, "b"))).toMatchObject({ kind: "idempotency-mismatch" });
    expect(await world.sim.settle(at(two, "a"))).toBe(1);
    expect(started).toEqual(["a"]);
  });
});

test("calls of other shapes run each time; their handlers see the key", async () => {
  const world = new RpcWorld();
  const [provider, caller] = [world.start("provider"), world.start("caller")];
  await world.connect(caller, provider);
  const keys: unknown[] = [];

  const sum = defineService({ name: "sum", shape: "client-stream" });
  provider.server.serve(sum, (_, { idempotencyKey }) => keys.push(idempotencyKey));
  const call = (): Promise<unknown> =>
    caller.client.callNode(provider.nodeId, sum, [1], { idempotencyKey: "k1" });
  expect([await world.act(caller, call), await world.act(caller, call)]).toEqual([1, 2]);
  expect(keys).toEqual(["k1", "k1"]);
});
