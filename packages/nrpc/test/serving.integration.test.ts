import { formatEntityId } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import {
  type AllowedCallers,
  type CallContext,
  type CallShape,
  defineService,
  type RpcError,
  type ServeHandle,
  type ServeOptions,
} from "../src/index.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";

/** A provider whose service takes as many milliseconds as it is asked to. */
async function bench(options: ServeOptions = {}): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly provider: RpcNode;
  readonly handle: ServeHandle;
  /** What handlers were asked, in the order of their start. */
  readonly started: unknown[];
}> {
  const world = new RpcWorld();
  const [provider, caller] = [world.start("provider"), world.start("caller")];
  const started: unknown[] = [];
  const handle = await world.act(provider, () =>
    provider.server.serve(
      "work",
      async (ms, { signal }: CallContext) => {
        started.push(ms);
        await provider.node.clock.sleep(Number(ms), { signal });
        return ms;
      },
      options,
    ),
  );
  await world.connect(caller, provider);
  return { world, caller, provider, handle, started };
}

describe("a queue", () => {
  test("lets calls wait for their turn, in the order in which they came", async () => {
    const { world, caller, handle, started } = await bench({ maxInFlight: 2, queue: 3 });
    const times = [100, 101, 102, 103, 104];
    const calls = world.begin(caller, () =>
      Promise.all(times.map((ms) => caller.client.callService("work", ms))),
    );
    await world.sim.runFor(50);
    expect([handle.inFlight, handle.queued, started]).toEqual([2, 3, [100, 101]]);
    expect(await world.sim.settle(calls)).toEqual(times);
    expect(started).toEqual(times);
    expect([handle.inFlight, handle.queued]).toEqual([0, 0]);
  });

  test("is bounded: what finds it full is told so, and did not start", async () => {
    const { world, caller, started } = await bench({ maxInFlight: 1, queue: 1 });
    const calls = await world.act(caller, () =>
      Promise.all(
        [50, 51, 52].map((ms) => caller.client.callService("work", ms).catch((e: unknown) => e)),
      ),
    );
    expect(calls).toMatchObject([50, 51, { kind: "backpressure", delivered: "never" }]);
    expect(String(calls[2])).toContain("runs 1 calls, its limit, and 1 wait");
    expect(started).toEqual([50, 51]);
  });

  test("is none unless asked for", async () => {
    const { world, caller } = await bench({ maxInFlight: 1 });
    const call = (ms: number): Promise<unknown> =>
      caller.client.callService("work", ms).catch((e: unknown) => e);
    const results = await world.act(caller, () => Promise.all([call(50), call(51)]));
    expect(results).toMatchObject([50, { kind: "backpressure" }]);
  });

  test("is left at the deadline, of which the provider itself tells", async () => {
    const { world, caller, provider, handle, started } = await bench({ maxInFlight: 1, queue: 9 });
    void world.begin(caller, () => caller.client.callService("work", 1_000));
    await world.sim.runFor(50);
    const late = world.begin(caller, () =>
      caller.client.callService("work", 5, { deadlineMs: 100 }),
    );
    await world.sim.runFor(50);
    expect(handle.queued).toBe(1);
    // The caller stands still, so that it cannot find out by itself before the answer is there.
    world.sim.freeze(caller.node);
    await world.sim.runFor(100);
    expect(handle.queued).toBe(0);
    world.sim.thaw(caller.node);
    expect(await world.sim.settle(late)).toMatchObject({ kind: "timeout" });
    await world.sim.runFor(2_000);
    expect(started).toEqual([1_000]);
    expect(provider.server.inFlight).toBe(0);
  });

  test("is left by a call that is taken back, which then never starts", async () => {
    const { world, caller, handle, started } = await bench({ maxInFlight: 1, queue: 9 });
    const giveUp = new AbortController();
    const first = world.begin(caller, () => caller.client.callService("work", 200));
    const second = world.begin(caller, () =>
      caller.client.callService("work", 201, { signal: giveUp.signal }),
    );
    const third = world.begin(caller, () => caller.client.callService("work", 202));
    await world.sim.runFor(50);
    giveUp.abort("changed my mind");
    expect(await world.sim.settle(second)).toBe("changed my mind");
    await world.sim.runFor(10);
    expect(handle.queued).toBe(1);
    expect([await world.sim.settle(first), await world.sim.settle(third)]).toEqual([200, 202]);
    expect(started).toEqual([200, 202]);
  });

  test("starts nothing whose time passed while the provider stood still", async () => {
    const { world, caller, provider, started } = await bench({ maxInFlight: 1, queue: 9 });
    void world.begin(caller, () => caller.client.callService("work", 100));
    await world.sim.runFor(20);
    const late = world.begin(caller, () =>
      caller.client.callNode(provider.nodeId, "work", 1, { deadlineMs: 200 }),
    );
    await world.sim.runFor(20);
    world.sim.freeze(provider.node);
    await world.sim.runFor(1_000);
    world.sim.thaw(provider.node);
    expect(await world.sim.settle(late)).toMatchObject({ kind: "timeout" });
    await world.sim.runFor(1_000);
    expect(started).toEqual([100]);
  });

  test("is sent away when the service is withdrawn; what runs is not", async () => {
    const { world, caller, provider, handle, started } = await bench({ maxInFlight: 1, queue: 9 });
    const running = world.begin(caller, () => caller.client.callService("work", 300));
    const queued = world.begin(caller, () => caller.client.callService("work", 301));
    await world.sim.runFor(50);
    const closing = world.begin(provider, () => handle.close());
    expect(await world.sim.settle(queued)).toMatchObject({ kind: "draining", delivered: "never" });
    expect(await world.sim.settle(running)).toBe(300);
    await world.sim.settle(closing);
    expect(started).toEqual([300]);
  });

  test("leaves no timer behind", async () => {
    const { world, caller, provider } = await bench({ maxInFlight: 1, queue: 9 });
    await world.act(caller, () =>
      Promise.all([1, 2, 3].map((ms) => caller.client.callService("work", ms))),
    );
    await world.act(caller, () => caller.close());
    await world.act(provider, () => provider.close());
    expect(provider.node.pendingTimers).toBe(0);
  });
});

describe("an allow-list", () => {
  /** What two callers get, the first of which is meant to be let in. */
  async function tryBoth(allow: (friend: RpcNode) => AllowedCallers): Promise<unknown[]> {
    const world = new RpcWorld();
    const provider = world.start("provider");
    const callers = [world.start("friend"), world.start("stranger")] as const;
    await world.act(provider, () =>
      provider.server.serve("secret", () => "told", { allow: allow(callers[0]) }),
    );
    const results: unknown[] = [];
    for (const caller of callers) {
      await world.connect(caller, provider);
      results.push(await world.try(caller, () => caller.client.callService("secret", 0)));
    }
    return results;
  }
  const denied = { kind: "denied", delivered: "never", retryable: false };

  test.each<[string, (friend: RpcNode) => AllowedCallers]>([
    ["of node ids", ({ nodeId }) => [nodeId]],
    ["of entity ids", ({ entityId }) => [entityId]],
    ["by node id", (friend) => (caller) => caller.nodeId === friend.nodeId],
    [
      "by entity id",
      (friend) => (caller) => formatEntityId(caller.entityId) === formatEntityId(friend.entityId),
    ],
  ])("%s lets in whom it names and nobody else", async (_, allow) => {
    expect(await tryBoth(allow)).toMatchObject(["told", denied]);
  });

  test.each<[string, (friend: RpcNode) => AllowedCallers]>([
    ["that is empty", () => []],
    [
      "that throws",
      () => () => {
        throw new Error("the database is down");
      },
    ],
    ["that answers by a promise", () => (() => Promise.resolve(true)) as never],
  ])("%s lets nobody in", async (_, allow) => {
    expect(await tryBoth(allow)).toMatchObject([denied, denied]);
  });

  test("is a copy of what was given", async () => {
    const list: RpcNode["nodeId"][] = [];
    const results = await tryBoth(({ nodeId }) => {
      list.push(nodeId);
      return list;
    });
    list.length = 0;
    expect(results[0]).toBe("told");
  });

  test("with something that is no id is a mistake", async () => {
    const { world, provider } = await bench();
    for (const allow of [["friend"], [new Uint8Array(3)], "everybody"] as never[]) {
      const error = await world.try(provider, () =>
        provider.server.serve("secret", () => 1, { allow }),
      );
      expect(error).toBeInstanceOf(Error);
      expect(provider.server.offers()).toHaveLength(1);
    }
  });

  test("comes before all else: strangers learn neither version nor load nor shutdown", async () => {
    const { world, caller, provider, handle } = await bench({ allow: [], maxInFlight: 1 });
    const newer = defineService({ name: "work", version: "7.0" });
    const streamed = defineService({ name: "work", shape: "server-stream" });
    const { client } = caller;
    expect(await world.try(caller, () => client.callNode(provider.nodeId, newer, 0))).toMatchObject(
      denied,
    );
    const reading = world.try(caller, async () => {
      for await (const _ of client.callNode(provider.nodeId, streamed, 0));
    });
    expect(await reading).toMatchObject(denied);
    void world.begin(provider, () => handle.close());
  });
});

const shapes: readonly CallShape[] = ["unary", "server-stream", "client-stream", "bidirectional"];

describe.each(shapes)("a %s service", (shape) => {
  const contract = defineService({ name: "one", shape });
  const request = shape === "unary" || shape === "server-stream" ? 1 : [1];
  /** What a call throws, or gives. */
  async function call(caller: RpcNode, provider: RpcNode): Promise<unknown> {
    try {
      const answer: unknown = caller.client.callNode(provider.nodeId, contract, request as never);
      if (answer instanceof Promise) return await answer;
      const got: unknown[] = [];
      for await (const item of answer as AsyncIterable<unknown>) got.push(item);
      return got[0];
    } catch (error) {
      return error;
    }
  }
  /** Answers by `who`, in the service's shape. */
  const handler = (who: string): never =>
    (() => (shape === "unary" || shape === "client-stream" ? who : [who])) as never;

  async function two(): Promise<{ world: RpcWorld; caller: RpcNode; provider: RpcNode }> {
    const world = new RpcWorld();
    const [provider, caller] = [world.start("provider"), world.start("caller")];
    await world.connect(caller, provider);
    return { world, caller, provider };
  }

  test("with a misspelt option is not served", async () => {
    const { world, caller, provider } = await two();
    const misspelt = { maxInflight: 1 };
    expect(() => provider.server.serve(contract, handler("x"), misspelt as never)).toThrow(
      'options has no property "maxInflight"',
    );
    expect(() => caller.client.client(contract, { deadline: 5 } as never)).toThrow(
      'defaults has no property "deadline"',
    );
    const error = await world.try(caller, () => call(caller, provider));
    expect(error).toMatchObject({ kind: "not-found" });
  });

  test("that is served twice stays with the first, unharmed", async () => {
    const { world, caller, provider } = await two();
    const first = provider.server.serve(contract, handler("first"));
    const error = await world.try(provider, () =>
      provider.server.serve(contract, handler("second")),
    );
    expect(error).toMatchObject({ kind: "already-served" });
    expect(await world.act(caller, () => call(caller, provider))).toBe("first");
    await world.act(provider, () => first.close());
    provider.server.serve(contract, handler("next"));
    // Closing the first again must not take the next one away.
    await world.act(provider, () => first.close());
    expect(await world.act(caller, () => call(caller, provider))).toBe("next");
  });

  test("is refused as draining once its server is closed, for good", async () => {
    const { world, caller, provider } = await two();
    provider.server.serve(contract, handler("first"));
    const before = provider.transport.stats().streams;
    await world.act(provider, () => provider.server.close());
    for (let i = 0; i < 2; i++) {
      const error = (await world.act(caller, () => call(caller, provider))) as RpcError;
      expect(error).toMatchObject({ kind: "draining", delivered: "never", retryable: true });
      await world.sim.runFor(1_000);
    }
    await world.sim.runFor(11_000);
    expect(provider.transport.stats().streams).toBe(before);
  });

  test("is announced as soon as it is served, and gone as soon as it is not", async () => {
    const { world, caller, provider } = await two();
    const found = (): number => caller.index.find({ tags: ["nrpc:one"] }).length;
    const handle = await world.act(provider, () => provider.server.serve(contract, handler("x")));
    await world.sim.runUntil(() => found() === 1, 1_500);
    await world.act(provider, () => handle.close());
    await world.sim.runUntil(() => found() === 0, 1_500);
    expect(provider.server.offers()).toEqual([]);
  });
});
