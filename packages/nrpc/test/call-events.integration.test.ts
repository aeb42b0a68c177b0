import { describe, expect, test } from "vitest";

import { ApplicationError, type CallContext, type CallEvent, defineService } from "../src/index.ts";
import { RpcMetrics } from "../src/observability/index.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";
import { text } from "./schemas.ts";

const unary = defineService({ name: "unary", idempotent: true, input: text });
const down = defineService({ name: "down", shape: "server-stream", idempotent: true });
const up = defineService({ name: "up", shape: "client-stream", idempotent: true });
const both = defineService({ name: "both", shape: "bidirectional" });

interface Bench {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly providers: readonly [RpcNode, ...RpcNode[]];
  /** How long each provider's unary handler takes, or what it throws. */
  readonly behaviour: Map<string, number | Error>;
}

/** A caller and providers of all shapes, preferred in their order. */
async function bench(count = 1): Promise<Bench> {
  const world = new RpcWorld();
  const caller = world.start("caller");
  const others = Array.from({ length: count - 1 }, (_, n) => world.start(`p${n + 1}`));
  const providers = [world.start("p0"), ...others] as const;
  const behaviour = new Map<string, number | Error>();
  for (const [priority, at] of providers.entries()) {
    const { name, node, server } = at;
    const handle = async (_: unknown, { signal }: CallContext): Promise<string> => {
      const what = behaviour.get(name) ?? 0;
      if (what instanceof Error) throw what;
      if (what > 0) await node.clock.sleep(what, { signal });
      return name;
    };
    server.serve(unary, handle, { priority, maxInFlight: 2 });
    const count = async function* (n: unknown): AsyncGenerator<string> {
      for (let i = 0; i < Number(n); i++) {
        await node.clock.sleep(10);
        yield name;
      }
    };
    server.serve(down, count, { priority });
    const collect = async (requests: AsyncIterable<unknown>): Promise<number> => {
      let total = 0;
      for await (const _ of requests) total++;
      return total;
    };
    server.serve(up, collect, { priority });
    const echo = async function* (requests: AsyncIterable<unknown>): AsyncGenerator {
      for await (const request of requests) yield request;
    };
    server.serve(both, echo, { priority });
  }
  await world.connect(caller, ...providers);
  await world.sim.runFor(3_000);
  return { world, caller, providers, behaviour };
}

async function all(responses: AsyncIterable<unknown>): Promise<unknown[]> {
  const got: unknown[] = [];
  for await (const response of responses) got.push(response);
  return got;
}

const brief = (event: CallEvent | undefined): unknown[] | undefined =>
  event?.attempts.map(({ provider, action, outcome }) => [provider, action, outcome]);

describe("attempts of a call", () => {
  test("tell a move off a provider that was lost", async () => {
    const { world, caller, providers, behaviour } = await bench(2);
    const [lost, other] = providers;
    behaviour.set("p0", 10_000);
    const call = world.begin(caller, () => caller.client.callService(unary, "x", { retry: true }));
    await world.sim.runUntil(() => lost.server.inFlight === 1);
    world.sim.freeze(lost.node);
    expect(await world.sim.settle(call)).toBe("p1");
    const [event] = caller.calls;
    expect(event).toMatchObject({ outcome: "ok", moves: 1, retries: 0, provider: other?.nodeId });
    expect(brief(event)).toEqual([
      [lost.nodeId, "first", "unavailable"],
      [other?.nodeId, "move", "ok"],
    ]);
    const [first, second] = event?.attempts ?? [];
    expect(second?.startedAt).toBeGreaterThanOrEqual(
      (first?.startedAt ?? Infinity) + (first?.durationMs ?? Infinity),
    );
    expect(event?.durationMs).toBeGreaterThan(first?.durationMs ?? Infinity);
  });

  test("tell retries after what counts", async () => {
    const { world, caller, providers, behaviour } = await bench();
    behaviour.set("p0", new Error("broken"));
    await world.try(caller, () => caller.client.callService(unary, "x", { retry: true }));
    const [event] = caller.calls;
    const { nodeId } = providers[0];
    expect(event).toMatchObject({ outcome: "internal", moves: 0, retries: 2 });
    expect(brief(event)).toEqual([
      [nodeId, "first", "internal"],
      [nodeId, "retry", "internal"],
      [nodeId, "retry", "internal"],
    ]);
  });

  test("tell a race, and how the loser ended", async () => {
    const { world, caller, providers, behaviour } = await bench(2);
    behaviour.set("p0", 5_000);
    const options = { hedge: { delayMs: 40 } };
    await world.act(caller, () => caller.client.callService(unary, "x", options));
    const [event] = caller.calls;
    expect(event).toMatchObject({ outcome: "ok", hedges: 1, provider: providers[1]?.nodeId });
    expect(brief(event)).toEqual([
      [providers[0].nodeId, "first", "superseded"],
      [providers[1]?.nodeId, "hedge", "ok"],
    ]);
    const [loser, winner] = event?.attempts ?? [];
    expect((winner?.startedAt ?? 0) - (loser?.startedAt ?? 0)).toBe(40);
    expect(loser?.durationMs).toBe(40 + (winner?.durationMs ?? 0));
    const copy = structuredClone(event);
    await world.sim.runFor(6_000);
    expect(event).toEqual(copy);
  });

  test("of a pinned call are one", async () => {
    const { world, caller, providers, behaviour } = await bench();
    behaviour.set("p0", new ApplicationError("no", "not today"));
    const { nodeId } = providers[0];
    await world.try(caller, () => caller.client.callNode(nodeId, unary, "x"));
    expect(brief(caller.calls[0])).toEqual([[nodeId, "first", "application"]]);
  });

  test("that are answered by a stream last as long as that", async () => {
    const { world, caller, providers } = await bench();
    await world.act(caller, () => all(caller.client.callService(down, 5)));
    const [event] = caller.calls;
    expect(brief(event)).toEqual([[providers[0].nodeId, "first", "ok"]]);
    expect(event?.attempts[0]?.durationMs).toBe(event?.durationMs);
    expect(event?.durationMs).toBeGreaterThan(50);
  });

  test("tell a stream that was lost on its way", async () => {
    const { world, caller, providers } = await bench(2);
    const call = world.begin(caller, () =>
      all(caller.client.callService(down, 1_000, { retry: true, deadlineMs: 20_000 })),
    );
    await world.sim.runFor(200);
    world.sim.kill(providers[0].node);
    await world.sim.settle(call, 60_000);
    const [event] = caller.calls;
    const { nodeId } = providers[0];
    expect(event?.outcome).not.toBe("ok");
    expect(event).toMatchObject({ provider: nodeId, moves: 0, retries: 0 });
    expect(brief(event)).toEqual([[nodeId, "first", event?.outcome]]);
  });

  test("tell a stream that moved before its first response", async () => {
    const { world, caller, providers } = await bench(2);
    const [lost, other] = providers;
    world.sim.freeze(lost.node);
    const call = world.begin(caller, () =>
      all(caller.client.callService(down, 2, { retry: true })),
    );
    expect(await world.sim.settle(call)).toEqual(["p1", "p1"]);
    expect(brief(caller.calls[0])).toEqual([
      [lost.nodeId, "first", "unavailable"],
      [other?.nodeId, "move", "ok"],
    ]);
  });

  test("tell a stream that its reader left", async () => {
    const { world, caller, providers } = await bench();
    await world.act(caller, async () => {
      for await (const _ of caller.client.callService(down, 5)) break;
    });
    const { nodeId } = providers[0];
    expect(caller.calls).toMatchObject([{ outcome: "cancelled", provider: nodeId }]);
    expect(brief(caller.calls[0])).toEqual([[nodeId, "first", "cancelled"]]);
  });

  test("tell one that the caller took back", async () => {
    const { world, caller, providers, behaviour } = await bench();
    behaviour.set("p0", 5_000);
    const interest = new AbortController();
    const { signal } = interest;
    const call = world.begin(caller, () => caller.client.callService(unary, "x", { signal }));
    await world.sim.runFor(50);
    await world.act(caller, () => interest.abort(new Error("never mind")));
    await world.sim.settle(call);
    expect(brief(caller.calls[0])).toEqual([[providers[0].nodeId, "first", "cancelled"]]);
    await world.sim.runFor(100);
    expect(providers[0].served).toMatchObject([{ outcome: "cancelled", isStarted: true }]);
  });
});

describe("both ends", () => {
  test.each([
    ["unary", unary, "hello", 1, 1],
    ["server-stream", down, 3, 1, 3],
    ["client-stream", up, [1, 2, 3, 4], 4, 1],
    ["bidirectional", both, ["a", "b"], 2, 2],
  ] as const)(
    "count what a %s call says",
    async (shape, contract, request, requests, responses) => {
      const { world, caller, providers } = await bench();
      await world.act(caller, async () => {
        const { client } = caller;
        const answer: unknown = client.callService(contract as typeof both, request as never);
        if (answer instanceof Promise) await answer;
        else await all(answer as AsyncIterable<unknown>);
      });
      await world.sim.runFor(20);
      const [made] = caller.calls;
      const [served] = providers[0].served;
      expect(made).toMatchObject({ shape, outcome: "ok" });
      expect(served).toMatchObject({
        shape,
        outcome: "ok",
        caller: caller.nodeId,
        isStarted: true,
      });
      for (const event of [made, served]) {
        expect(event).toMatchObject({ requestMessages: requests, responseMessages: responses });
      }
      const given: readonly unknown[] = Array.isArray(request) ? request : [request];
      const bytes = given.map((one) => JSON.stringify(one)).join("").length;
      expect([made?.requestBytes, served?.requestBytes]).toEqual([bytes, bytes]);
      expect(made?.responseBytes).toBe(served?.responseBytes);
      expect(made?.responseBytes).toBeGreaterThan(0);
      expect(served?.droppedMessages).toBe(0);
    },
  );

  test("count what a caller gave once, however often it was sent", async () => {
    const { world, caller, providers } = await bench(2);
    world.sim.freeze(providers[0].node);
    const options = { retry: true } as const;
    const call = world.begin(caller, () => caller.client.callService(up, [1, 2, 3], options));
    expect(await world.sim.settle(call)).toBe(3);
    expect(caller.calls).toMatchObject([{ moves: 1, requestMessages: 3, requestBytes: 3 }]);
  });
});

describe("a served call", () => {
  test("that was refused never started", async () => {
    const { world, caller, providers, behaviour } = await bench();
    const [{ nodeId, server, served }] = providers;
    const { client } = caller;
    server.serve("private", () => 0, { allow: () => false });
    behaviour.set("p0", 100);
    const call = (name: string): Promise<unknown> =>
      world.try(caller, () => client.callNode(nodeId, name, 1));
    await call("private");
    await call("nowhere");
    await call("unary");
    const wrongShape = defineService({ name: "up" });
    await world.try(caller, () => client.callNode(nodeId, wrongShape, 1));
    await Promise.all(
      ["a", "b", "c"].map((x) => world.try(caller, () => client.callNode(nodeId, unary, x))),
    );
    expect(
      served
        .filter(({ isStarted }) => !isStarted)
        .map(({ service, outcome }) => [service, outcome]),
    ).toEqual([
      ["private", "denied"],
      ["nowhere", "not-found"],
      ["unary", "bad-request"],
      ["up", "incompatible"],
      ["unary", "backpressure"],
    ]);
    expect(served.filter(({ isStarted }) => isStarted)).toHaveLength(2);
  });

  test("tells errors of the application from those of its handler", async () => {
    const { world, caller, providers, behaviour } = await bench();
    const call = (): Promise<unknown> =>
      world.try(caller, () => caller.client.callNode(providers[0].nodeId, unary, "x"));
    behaviour.set("p0", new ApplicationError("no", "x"));
    await call();
    behaviour.set("p0", new Error("x"));
    await call();
    expect(providers[0].served.map(({ outcome }) => outcome)).toEqual(["application", "internal"]);
  });

  test("counts the response that nobody took", async () => {
    const { world, caller, providers } = await bench();
    await world.act(caller, async () => {
      for await (const _ of caller.client.callService(down, 100)) break;
    });
    await world.sim.runFor(100);
    const [event] = providers[0].served;
    expect(event).toMatchObject({ outcome: "cancelled", isStarted: true, droppedMessages: 1 });
  });

  test("that took its caller too long was cancelled", async () => {
    const { world, caller, providers, behaviour } = await bench();
    behaviour.set("p0", 500);
    await world.try(caller, () => caller.client.callService(unary, "x", { attemptTimeoutMs: 100 }));
    await world.sim.runFor(1_000);
    expect(caller.calls).toMatchObject([{ outcome: "timeout" }]);
    expect(providers[0].served).toMatchObject([{ outcome: "cancelled", isStarted: true }]);
  });

  test("of a caller that is gone is told as lost", async () => {
    const { world, caller, providers, behaviour } = await bench();
    behaviour.set("p0", 200_000);
    void world.begin(caller, () =>
      caller.client.callService(unary, "x", { deadlineMs: Number.POSITIVE_INFINITY }),
    );
    await world.sim.runFor(50);
    world.sim.kill(caller.node);
    await world.sim.runFor(300_000);
    expect(providers[0].served).toMatchObject([{ outcome: "unavailable", isStarted: true }]);
  });
});

describe("metrics of nodes", () => {
  test("agree at both ends, and nothing stays in flight", async () => {
    const { world, caller, providers } = await bench();
    const made = new RpcMetrics(caller);
    const served = new RpcMetrics(providers[0]);
    await world.act(caller, async () => {
      const { client } = caller;
      await Promise.all([
        client.callService(unary, "x"),
        client.callService(up, [1, 2]),
        all(client.callService(down, 3)),
        all(client.callService(both, ["a"])),
        client.callService("nowhere", 0).catch(() => {}),
      ]);
    });
    await world.sim.runFor(20);
    const ours = made.snapshot().made;
    const theirs = served.snapshot().served;
    expect(ours.map(({ service, total, inFlight }) => [service, total, inFlight])).toEqual([
      ["both", 1, 0],
      ["down", 1, 0],
      ["nowhere", 1, 0],
      ["unary", 1, 0],
      ["up", 1, 0],
    ]);
    expect(theirs.map(({ service, total, inFlight }) => [service, total, inFlight])).toEqual([
      ["both", 1, 0],
      ["down", 1, 0],
      ["unary", 1, 0],
      ["up", 1, 0],
    ]);
  });

  test("show what is under way", async () => {
    const { world, caller, providers, behaviour } = await bench();
    const made = new RpcMetrics(caller);
    const served = new RpcMetrics(providers[0]);
    behaviour.set("p0", 1_000);
    const call = world.begin(caller, () => caller.client.callService(unary, "x"));
    await world.sim.runFor(100);
    expect(made.snapshot().made).toMatchObject([{ service: "unary", inFlight: 1, total: 0 }]);
    expect(served.snapshot().served).toMatchObject([{ service: "unary", inFlight: 1, total: 0 }]);
    await world.sim.settle(call);
    expect(made.snapshot().made).toMatchObject([{ service: "unary", inFlight: 0, total: 1 }]);
  });
});

describe("trace context", () => {
  const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  test("reaches the handler as far as it can be read, whatever was sent", async () => {
    const { world, caller, providers } = await bench();
    const [{ server, nodeId }] = providers;
    const seen: unknown[] = [];
    server.serve("trace", (_, { traceparent, tracestate }) => {
      seen.push([traceparent, tracestate]);
      return 0;
    });
    const sent = [
      { traceparent: parent, tracestate: "a=1, b=2" },
      { traceparent: parent, tracestate: "A=1" },
      { traceparent: "garbage", tracestate: "a=1" },
      { tracestate: "a=1" },
      { traceparent: "\ud800\n", tracestate: "\u0000" },
    ];
    await world.act(caller, async () => {
      for (const options of sent) await caller.client.callNode(nodeId, "trace", 0, options);
    });
    expect(seen).toEqual([
      [parent, "a=1,b=2"],
      [parent, undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(caller.calls.map(({ traceparent }) => traceparent === parent)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(providers[0].served[0]?.traceparent).toBe(parent);
  });
});
