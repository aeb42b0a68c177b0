import { describe, expect, test } from "vitest";

import { type CallContext, defineService } from "../src/index.ts";
import { RpcWorld, type RpcNode, type RpcNodeConfig } from "./rpc-world.ts";
import { person, text } from "./schemas.ts";

const greet = defineService({ name: "greet", input: person, output: text });
const where = defineService({ name: "where" });
const upTo = defineService({ name: "up-to", shape: "server-stream" });
const sum = defineService({ name: "sum", shape: "client-stream" });
const double = defineService({ name: "double", shape: "bidirectional" });

/** A node that serves itself. */
function alone(config: RpcNodeConfig = {}): { readonly world: RpcWorld; readonly node: RpcNode } {
  const world = new RpcWorld();
  return { world, node: world.start("only", config) };
}

/** A node and another one, both of which answer `where` with their names. */
async function two(): Promise<{
  readonly world: RpcWorld;
  readonly node: RpcNode;
  readonly other: RpcNode;
  /** Which of the two answered, call by call. */
  answers(count: number): Promise<string>;
}> {
  const { world, node } = alone();
  const other = world.start("other");
  await world.connect(node, other);
  const answers = async (count: number): Promise<string> => {
    const given: unknown[] = [];
    for (let i = 0; i < count; i++) {
      given.push(await world.act(node, () => node.client.callService(where, 0)));
    }
    return given.join(" ");
  };
  return { world, node, other, answers };
}

async function all<T>(responses: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const response of responses) got.push(response);
  return got;
}

function serveShapes({ server }: RpcNode): void {
  server.serve(upTo, function* (n) {
    for (let i = 1; i <= Number(n); i++) yield i;
  });
  server.serve(sum, async (numbers) => {
    let total = 0;
    for await (const n of numbers) total += Number(n);
    return total;
  });
  server.serve(double, async function* (numbers) {
    for await (const n of numbers) yield 2 * Number(n);
  });
}

describe("a node that calls what it serves", () => {
  test("by name or by its own id is answered in all shapes, without a session", async () => {
    const { world, node } = alone();
    const { client, nodeId } = node;
    await world.act(node, () => {
      node.server.serve(greet, ({ name }) => `hello ${name}`);
      serveShapes(node);
    });
    const got = await world.act(node, async () => [
      await client.callService(greet, { name: "me" }),
      await client.callNode(nodeId, greet, { name: "myself" }),
      await all(client.callService(upTo, 3)),
      await all(client.callNode(nodeId, upTo, 2)),
      await client.callService(sum, [1, 2, 3]),
      await client.callNode(nodeId, sum, [4]),
      await all(client.callService(double, [1, 2])),
      await all(client.callNode(nodeId, double, [3])),
    ]);
    expect(got).toEqual(["hello me", "hello myself", [1, 2, 3], [1, 2], 6, 4, [2, 4], [6]]);
    expect(node.transport.stats()).toMatchObject({ sessions: 0, datagramsSent: 0, streams: 0 });
    expect(node.calls.map(({ outcome, provider }) => [outcome, provider])).toEqual(
      Array.from({ length: 8 }, () => ["ok", nodeId]),
    );
    expect(node.served).toHaveLength(8);
  });

  test("is told of the call what any caller would have said", async () => {
    const { world, node } = alone();
    let seen: Partial<CallContext> | undefined;
    await world.act(node, () =>
      node.server.serve(where, (_, context) => {
        const { caller, callerEntity, traceparent, service, metadata } = context;
        seen = { caller, callerEntity, traceparent, service, metadata };
        expect(context.remainingMs()).toBeLessThanOrEqual(700);
        context.trailers.set("answered", "yes");
        return "here";
      }),
    );
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const metadata = { tenant: "acme" };
    const trailers: unknown[] = [];
    const onTrailers = (sent: ReadonlyMap<string, string>): void => void trailers.push(...sent);
    const options = { deadlineMs: 700, traceparent, metadata, onTrailers };
    await world.act(node, () => node.client.callService(where, 0, options));
    expect(seen).toMatchObject({
      caller: node.nodeId,
      callerEntity: node.entityId,
      traceparent,
      service: "where",
      metadata: new Map([["tenant", "acme"]]),
    });
    expect(trailers).toEqual([["answered", "yes"]]);
  });

  test("is refused like any other", async () => {
    const { world, node } = alone({ maxBodyBytes: 1_000 });
    let started = 0;
    const count = (): number => ++started;
    const stranger = "f".repeat(32) as RpcNode["nodeId"];
    await world.act(node, () => {
      node.server.serve(greet, () => String(count()));
      node.server.serve("for-others", count, { allow: [stranger] });
      node.server.serve("for-me", count, { allow: [node.nodeId] });
    });
    const { client, nodeId } = node;
    for (const [call, kind] of [
      [() => client.callService(greet, {} as never), "bad-request"],
      [() => client.callService(greet, { name: "x".repeat(2_000) }), "message-too-large"],
      [() => client.callService("for-others", 0), "denied"],
      [() => client.callNode(nodeId, "unknown", 0), "not-found"],
      [() => client.callService("unknown", 0), "no-route"],
      [
        () => client.callService(defineService({ name: "for-me", version: "2.0" }), 0),
        "incompatible",
      ],
    ] as const) {
      expect(await world.try(node, call)).toMatchObject({ kind, delivered: "never" });
    }
    expect(started).toBe(0);
    expect(await world.act(node, () => client.callService("for-me", 0))).toBe(1);
  });

  test("can take the call back, and its deadline ends the handler", async () => {
    const { world, node } = alone();
    const ends: unknown[] = [];
    await world.act(node, () =>
      node.server.serve(where, async (_, { signal }) => {
        await node.node.clock.sleep(10_000, { signal }).catch((error: unknown) => ends.push(error));
        return "late";
      }),
    );
    const abort = new AbortController();
    const { signal } = abort;
    const cancelled = world.begin(node, () => node.client.callService(where, 0, { signal }));
    await world.sim.runFor(10);
    abort.abort("enough");
    expect(await world.sim.settle(cancelled)).toBe("enough");
    const late = await world.try(node, () => node.client.callService(where, 0, { deadlineMs: 50 }));
    expect(late).toMatchObject({ kind: "timeout", delivered: "maybe", provider: node.nodeId });
    await world.sim.runFor(10);
    // Of the deadline it may hear by its own clock or by the caller's.
    expect(ends).toMatchObject([
      { kind: "cancelled" },
      { kind: expect.stringMatching("timeout|cancelled") },
    ]);
    expect(node.server.inFlight).toBe(0);
  });

  test("holds its own handler back by reading slowly", async () => {
    const { world, node } = alone();
    let made = 0;
    const big = defineService({ name: "big", shape: "server-stream" });
    await world.act(node, () =>
      node.server.serve(big, function* () {
        for (; made < 500; made++) yield "x".repeat(2_000);
      }),
    );
    const responses = node.client.callService(big, null);
    const iterator = responses[Symbol.asyncIterator]();
    await world.act(node, () => iterator.next());
    await world.sim.runFor(1_000);
    expect(made).toBeLessThan(100);
    let got = 1;
    await world.act(node, async () => {
      while ((await iterator.next()).done !== true) got++;
    });
    expect([got, made]).toEqual([500, 500]);
  });

  test("is answered once for one idempotency key", async () => {
    const { world, node } = alone();
    let runs = 0;
    await world.act(node, () => node.server.serve(where, () => ++runs));
    const call = (): Promise<unknown> =>
      node.client.callService(where, 0, { idempotencyKey: "order 7" });
    const answers = await world.act(node, () => Promise.all([call(), call(), call()]));
    expect([answers, runs]).toEqual([[1, 1, 1], 1]);
  });

  test("is asked again in place, and hears what became of the first attempt", async () => {
    const { world, node } = alone();
    let runs = 0;
    await world.act(node, () =>
      node.server.serve(where, async () => {
        runs++;
        await node.node.clock.sleep(120);
        return "here";
      }),
    );
    const options = { retry: true, attemptTimeoutMs: 50, idempotencyKey: "order 8" };
    const answer = world.act(node, () => node.client.callService(where, 0, options));
    expect([await answer, runs]).toEqual(["here", 1]);
    expect(node.calls[0]?.retries).toBeGreaterThan(0);
  });

  test("may do so in a handler, to any depth", async () => {
    const { world, node } = alone();
    await world.act(node, () =>
      node.server.serve(where, async (depth, parent) =>
        Number(depth) === 0
          ? parent.remainingMs()
          : await node.client.callService(where, Number(depth) - 1, { parent }),
      ),
    );
    const left = await world.act(node, () =>
      node.client.callService(where, 5, { deadlineMs: 1_000 }),
    );
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(1_000);
    expect(node.served).toHaveLength(6);
  });
});

describe("of several providers, the caller itself", () => {
  test("is one like any other", async () => {
    const { world, node, other, answers } = await two();
    for (const { node: at, server, name } of [node, other]) {
      await world.sim.run(at, () => void server.serve(where, () => name));
    }
    await world.sim.runFor(200);
    expect((await answers(6)).split(" ").toSorted().join(" ")).toBe(
      "only only only other other other",
    );
  });

  test("comes after those of a better priority class", async () => {
    const { world, node, other, answers } = await two();
    await world.act(node, () => node.server.serve(where, () => "only", { priority: 1 }));
    await world.act(other, () => other.server.serve(where, () => "other"));
    await world.sim.runFor(200);
    expect(await answers(3)).toBe("other other other");
    await world.act(other, () => other.close());
    expect(await answers(3)).toBe("only only only");
  });

  test("is left when it drains or has no room", async () => {
    const { world, node, other, answers } = await two();
    await world.act(other, () => other.server.serve(where, () => "other", { priority: 1 }));
    const slow = async (): Promise<string> => {
      await node.node.clock.sleep(1_000);
      return "only";
    };
    const handle = await world.act(node, () => node.server.serve(where, slow, { maxInFlight: 1 }));
    await world.sim.runFor(200);
    const running = world.begin(node, () => node.client.callService(where, 0));
    await world.sim.runFor(10);
    expect(await answers(1)).toBe("other");
    const closing = world.begin(node, () => handle.close());
    expect(await answers(2)).toBe("other other");
    expect(await world.sim.settle(running)).toBe("only");
    await world.sim.settle(closing);
  });
});

test("a node that closes finishes its own calls, and has no new ones", async () => {
  const { world, node } = alone();
  await world.act(node, () =>
    node.server.serve(where, async () => {
      await node.node.clock.sleep(500);
      return "here";
    }),
  );
  const running = world.begin(node, () => node.client.callService(where, 0));
  await world.sim.runFor(10);
  const closing = world.begin(node, () => node.close());
  await world.sim.runFor(10);
  const late = world.begin(node, () => node.client.callNode(node.nodeId, where, 0));
  expect(await world.sim.settle(running)).toBe("here");
  expect(await world.sim.settle(late)).toMatchObject({ delivered: "never" });
  await world.sim.settle(closing);
  expect(node.transport.stats().streams).toBe(0);
});
