import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import { ApplicationError, type CallContext, defineService, type RpcError } from "../src/index.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";
import { schema } from "./schemas.ts";

const anyNumber = schema<number>((value) =>
  typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
);
const numbers = { input: anyNumber, output: anyNumber };
const upTo = defineService({ name: "up-to", shape: "server-stream", ...numbers, idempotent: true });
const sum = defineService({ name: "sum", shape: "client-stream", ...numbers, idempotent: true });
const double = defineService({ name: "double", shape: "bidirectional", ...numbers });

/** Two connected nodes, one of which serves all shapes. */
async function bench(): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly server: RpcNode;
  /** What handlers did, in order. */
  readonly log: string[];
}> {
  const world = new RpcWorld();
  const server = world.start("server");
  const caller = world.start("caller");
  const log: string[] = [];
  await world.connect(caller, server);
  await world.act(server, () => {
    server.server.serve(upTo, async function* (n, { trailers }) {
      try {
        for (let i = 1; i <= n; i++) {
          log.push(`yield ${i}`);
          yield i;
        }
        trailers.set("count", String(n));
      } finally {
        log.push("left");
      }
      await Promise.resolve();
    });
    server.server.serve(sum, async (requests) => {
      let total = 0;
      for await (const n of requests) {
        log.push(`read ${n}`);
        total += n;
      }
      return total;
    });
    server.server.serve(double, async function* (requests) {
      for await (const n of requests) yield 2 * n;
    });
  });
  await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:double"] }).length === 1);
  return { world, caller, server, log };
}

async function all<T>(responses: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const response of responses) got.push(response);
  return got;
}

/** What reading throws, and what was read before. */
async function failure(
  responses: AsyncIterable<unknown>,
): Promise<{ readonly error: unknown; readonly got: unknown[] }> {
  const got: unknown[] = [];
  try {
    for await (const response of responses) got.push(response);
  } catch (error) {
    return { error, got };
  }
  throw new Error("nothing was thrown");
}

/** Runs `fn` some microtasks after the first message of the next answer has come. */
function afterFirstMessage(
  { transport }: RpcNode,
  { nodeId }: RpcNode,
  microtasks: number,
  fn: () => void,
): void {
  const peer = transport.peer(nodeId)!;
  const open = peer.openStream.bind(peer);
  peer.openStream = (...args) => {
    const stream = open(...args);
    const receive = stream.receive.bind(stream);
    stream.receive = () => {
      stream.receive = receive;
      const first = receive();
      void first.then(async () => {
        for (let i = 0; i < microtasks; i++) await Promise.resolve();
        fn();
      });
      return first;
    };
    return stream;
  };
}

describe("a call", () => {
  test("with a response stream gives them all, in order, and then the trailers", async () => {
    const { world, caller } = await bench();
    const trailers: unknown[] = [];
    const onTrailers = (map: ReadonlyMap<string, string>): void => void trailers.push(...map);
    const got = await world.act(caller, () =>
      all(caller.client.callService(upTo, 200, { onTrailers })),
    );
    expect(got).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(trailers).toEqual([["count", "200"]]);
    expect(caller.calls).toMatchObject([{ service: "up-to", outcome: "ok" }]);
  });

  test("with a request stream is answered once, of an array or of what comes with time", async () => {
    const { world, caller } = await bench();
    const { clock } = caller.node;
    async function* slowly(): AsyncGenerator<number> {
      for (const n of [1, 2, 3]) {
        await clock.sleep(50);
        yield n;
      }
    }
    expect(await world.act(caller, () => caller.client.callService(sum, [1, 2, 3, 4]))).toBe(10);
    expect(await world.act(caller, () => caller.client.callService(sum, slowly()))).toBe(6);
    expect(await world.act(caller, () => caller.client.callService(sum, []))).toBe(0);
  });

  test("in both directions answers each request as it comes", async () => {
    const { world, caller } = await bench();
    const rounds = await world.act(caller, async () => {
      const seen: string[] = [];
      let ask: (n: number | undefined) => void = () => {};
      async function* requests(): AsyncGenerator<number> {
        for (;;) {
          const n = await new Promise<number | undefined>((resolve) => {
            ask = resolve;
          });
          if (n === undefined) return;
          yield n;
        }
      }
      const responses = caller.client.callService(double, requests());
      const answers = responses[Symbol.asyncIterator]();
      await caller.node.clock.sleep(20);
      for (const n of [1, 5, 7]) {
        ask(n);
        seen.push(`${n} → ${String((await answers.next()).value)}`);
      }
      ask(undefined);
      seen.push(String((await answers.next()).done));
      return seen;
    });
    expect(rounds).toEqual(["1 → 2", "5 → 10", "7 → 14", "true"]);
  });

  test("to one node takes all shapes, too", async () => {
    const { world, caller, server } = await bench();
    const { nodeId } = server;
    const { client } = caller;
    expect(await world.act(caller, () => all(client.callNode(nodeId, upTo, 3)))).toEqual([1, 2, 3]);
    expect(await world.act(caller, () => client.callNode(nodeId, sum, [1, 2]))).toBe(3);
    expect(await world.act(caller, () => all(client.callNode(nodeId, double, [4])))).toEqual([8]);
  });
});

describe("a slow reader", () => {
  test("of responses stops the handler, and nothing is dropped", async () => {
    const { world, caller, log } = await bench();
    const big = defineService({ name: "big", shape: "server-stream" });
    let made = 0;
    const server = world.start("other");
    await world.connect(caller, server);
    await world.act(server, () => {
      server.server.serve(big, function* () {
        for (; made < 500; made++) yield "x".repeat(2_000);
      });
    });
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:big"] }).length === 1);
    const responses = caller.client.callService(big, null, { deadlineMs: 600_000 });
    const iterator = responses[Symbol.asyncIterator]();
    await world.act(caller, () => iterator.next());
    await world.sim.runFor(5_000);
    const madeBehindTheWindow = made;
    expect(madeBehindTheWindow).toBeLessThan(100);
    let got = 1;
    await world.act(caller, async () => {
      while ((await iterator.next()).done !== true) got++;
    });
    expect([got, made]).toEqual([500, 500]);
    expect(log).toEqual([]);
  });

  test("of requests stops the caller, and nothing is dropped", async () => {
    const { world, caller } = await bench();
    const slow = defineService({ name: "slow", shape: "client-stream" });
    const server = world.start("other");
    await world.connect(caller, server);
    let read = 0;
    await world.act(server, () => {
      server.server.serve(slow, async (requests, { signal }) => {
        await server.node.clock.sleep(5_000, { signal });
        for await (const _ of requests) read++;
        return read;
      });
    });
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:slow"] }).length === 1);
    let made = 0;
    function* requests(): Generator<string> {
      for (; made < 500; made++) yield "x".repeat(2_000);
    }
    const call = world.sim.run(caller.node, () => caller.client.callService(slow, requests()));
    await world.sim.runFor(4_000);
    expect(made).toBeLessThan(100);
    expect(await world.sim.settle(call)).toBe(500);
    expect(read).toBe(500);
  });
});

describe("leaving early", () => {
  test("by break cancels the call, and the handler's loop is left", async () => {
    const { world, caller, server, log } = await bench();
    await world.act(caller, async () => {
      for await (const n of caller.client.callService(upTo, 1e9)) if (n === 3) break;
    });
    await world.sim.runFor(100);
    expect(log.at(-1)).toBe("left");
    expect(server.server.inFlight).toBe(0);
    expect(caller.calls).toMatchObject([{ outcome: "cancelled" }]);
    expect(caller.transport.stats().streams).toBe(server.transport.stats().streams);
  });

  test("before the first response cancels the call, and its requests do not end as if complete", async () => {
    const { world, caller, server } = await bench();
    const silent = defineService({ name: "silent", shape: "bidirectional" });
    const seen: unknown[] = [];
    await world.act(server, () => {
      server.server.serve(silent, async function* (requests, { signal }) {
        signal.addEventListener("abort", () => void seen.push((signal.reason as RpcError).kind));
        try {
          for await (const request of requests) seen.push(request);
          seen.push("all requests");
        } finally {
          yield "never before the end";
        }
      });
    });
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:silent"] }).length === 1);
    const { signal } = new AbortController();
    async function* requests(): AsyncGenerator<number> {
      for (let i = 1; ; i++) {
        yield i;
        await caller.node.clock.sleep(30);
      }
    }
    const reader = await world.sim.run(caller.node, () =>
      caller.client.callService(silent, requests(), { signal })[Symbol.asyncIterator](),
    );
    const reading = world.begin(caller, () => reader.next());
    await world.sim.runFor(50);
    await world.act(caller, () => reader.return?.());
    expect(await world.sim.settle(reading)).toMatchObject({ kind: "cancelled" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await world.sim.runFor(100);
    expect(seen).toEqual([1, 2, "cancelled"]);
    expect(server.server.inFlight).toBe(0);
    expect(caller.calls).toMatchObject([{ outcome: "cancelled" }]);
  });

  test("by the handler's answer ends the requests: their source is told", async () => {
    const { world, caller } = await bench();
    const first = defineService({ name: "first", shape: "client-stream" });
    const server = world.start("other");
    await world.connect(caller, server);
    await world.act(server, () => {
      server.server.serve(first, async (requests) => {
        for await (const request of requests) return request;
        return undefined;
      });
    });
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:first"] }).length === 1);
    let ended = false;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (let n = 7; ; n++) {
          yield n;
          await caller.node.clock.sleep(10);
        }
      } finally {
        ended = true;
      }
    }
    const answer = await world.act(caller, () => caller.client.callService(first, endless()));
    await world.sim.runFor(1_000);
    expect([answer, ended]).toEqual([7, true]);
    expect(caller.transport.stats().streams).toBe(caller.transport.stats().sessions);
  });

  test("is the end of what can be read", async () => {
    const { world, caller } = await bench();
    const reader = await world.sim.run(caller.node, () =>
      caller.client.callService(upTo, 1e9)[Symbol.asyncIterator](),
    );
    const read = await world.act(caller, async () => [
      await reader.next(),
      await reader.return?.(),
      await reader.next(),
    ]);
    const end = { done: true, value: undefined };
    expect(read).toEqual([{ done: false, value: 1 }, end, end]);
  });

  test("by a handler that still waits for a request leaves no stream open", async () => {
    const { world, caller, server } = await bench();
    const hasty = defineService({ name: "hasty", shape: "bidirectional" });
    await world.act(server, () => {
      server.server.serve(hasty, async function* (requests) {
        const reader = requests[Symbol.asyncIterator]();
        yield await reader.next();
        void reader.next();
      });
    });
    async function* requests(): AsyncGenerator<number> {
      yield 1;
      // On their way when the answer ends.
      await caller.node.clock.sleep(1);
      for (let n = 2; ; n++) {
        yield n;
        await caller.node.clock.sleep(0.2);
      }
    }
    const got = await world.act(caller, () =>
      all(caller.client.callNode(server.nodeId, hasty, requests())),
    );
    expect(got).toHaveLength(1);
    await world.sim.runFor(1_000);
    for (const { transport } of [caller, server]) {
      expect(transport.stats().streams).toBe(transport.stats().sessions);
    }
  });

  test("by the signal, at whichever moment of a first response, ends it at both ends", async () => {
    for (let turns = 0; turns < 16; turns++) {
      const { world, caller, server } = await bench();
      const giveUp = new AbortController();
      afterFirstMessage(caller, server, turns, () => giveUp.abort("enough"));
      const options = { hedge: true, signal: giveUp.signal, deadlineMs: 1e9 };
      const error = await world.try(caller, () =>
        all(caller.client.callService(upTo, 1e9, options)),
      );
      expect(error).toBe("enough");
      await world.sim.runFor(1_000);
      expect(server.server.inFlight).toBe(0);
      expect(caller.client.stats()).toMatchObject({ inFlight: 0, providers: [{ inFlight: 0 }] });
    }
  });

  test("of a source that fails to be left costs nobody anything", async () => {
    const { world, caller } = await bench();
    const source: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw new Error("cannot be left");
        },
      }),
    };
    const { error } = await world.act(caller, () =>
      failure(caller.client.callService(double, source, { deadlineMs: 50 })),
    );
    expect(error).toMatchObject({ kind: "timeout" });
    expect([caller.calls.length, caller.client.stats().inFlight]).toEqual([1, 0]);
  });

  test("by the signal rejects with its reason, also between responses", async () => {
    const { world, caller, log } = await bench();
    const abort = new AbortController();
    const responses = caller.client.callService(upTo, 1e9, { signal: abort.signal });
    const reading = world.sim.run(caller.node, () => failure(responses));
    await world.sim.runFor(20);
    abort.abort("enough");
    const { error, got } = await world.sim.settle(reading);
    expect(error).toBe("enough");
    expect(got.length).toBeGreaterThan(0);
    await world.sim.runFor(50);
    expect(log.at(-1)).toBe("left");
  });

  test("by the signal is what its reader sees, though all was there, as it is what is told", async () => {
    const { world, caller } = await bench();
    const cancel = new AbortController();
    const { signal } = cancel;
    const reader = await world.sim.run(caller.node, () =>
      caller.client.callService(upTo, 0, { signal })[Symbol.asyncIterator](),
    );
    await world.sim.runFor(100);
    const reason = new Error("not needed any more");
    await world.sim.run(caller.node, () => cancel.abort(reason));
    expect(await world.try(caller, () => reader.next())).toBe(reason);
    expect(caller.calls).toMatchObject([{ outcome: "cancelled" }]);
  });

  test("by the deadline fails what reads, and what nobody reads is over, too", async () => {
    const { world, caller, server } = await bench();
    const options = { deadlineMs: 100 };
    const responses = caller.client.callService(upTo, 1e9, options);
    const iterator = responses[Symbol.asyncIterator]();
    await world.act(caller, () => iterator.next());
    await world.sim.runFor(200);
    const error: unknown = await world.sim
      .settle(world.sim.run(caller.node, () => iterator.next()))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe", provider: server.nodeId });
    expect(caller.calls).toMatchObject([{ outcome: "timeout" }]);
    await world.sim.runFor(100);
    expect(server.server.inFlight).toBe(0);
  });
});

describe("errors", () => {
  test("of who hears the trailers are the call's, which is over all the same", async () => {
    const { world, caller } = await bench();
    const onTrailers = (): never => {
      throw new Error("not what was expected");
    };
    const { error, got } = await world.act(caller, () =>
      failure(caller.client.callService(upTo, 2, { onTrailers })),
    );
    expect([String(error), got]).toEqual(["Error: not what was expected", [1, 2]]);
    expect([caller.calls.length, caller.client.stats().inFlight]).toEqual([1, 0]);
  });

  test("of an `async` function that should have given an iterable are the handler's", async () => {
    const { world, caller, server } = await bench();
    const late = defineService({ name: "late", shape: "server-stream" });
    await world.act(server, () => {
      const handler = async (n: unknown): Promise<Iterable<unknown>> => {
        await server.node.clock.sleep(1);
        if (n === 0) throw new ApplicationError("none", "nothing to count");
        return [n];
      };
      server.server.serve(late, handler as never);
    });
    const call = (n: number): AsyncIterable<unknown> =>
      caller.client.callNode(server.nodeId, late, n);
    expect(await world.act(caller, () => all(call(7)))).toEqual([7]);
    const { error } = await world.act(caller, () => failure(call(0)));
    expect(error).toMatchObject({ kind: "application", code: "none" });
  });

  test("of a handler come after what it answered before, with code, details and trailers", async () => {
    const { world, caller, server } = await bench();
    const flaky = defineService({ name: "flaky", shape: "server-stream" });
    await world.act(server, () => {
      server.server.serve(flaky, function* (_request, { trailers }) {
        yield 1;
        trailers.set("why", "because");
        throw new ApplicationError("broken", "it broke", { details: { part: 7 } });
      });
    });
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:flaky"] }).length === 1);
    const { error, got } = await world.act(caller, () =>
      failure(caller.client.callService(flaky, null)),
    );
    expect(got).toEqual([1]);
    expect(error).toMatchObject({
      kind: "application",
      code: "broken",
      details: { part: 7 },
      trailers: new Map([["why", "because"]]),
      delivered: "maybe",
    });
  });

  test("of a request among others fail the call, and the handler sees the end", async () => {
    const { world, caller, log } = await bench();
    async function* bad(): AsyncGenerator<number> {
      for (const request of [1, 2, "three" as never, 4]) {
        yield request;
        await caller.node.clock.sleep(10);
      }
    }
    const error = await world.try(caller, () => caller.client.callService(sum, bad()));
    expect(error).toMatchObject({ kind: "bad-request", delivered: "maybe" });
    await world.sim.runFor(50);
    expect(log).toEqual(["read 1", "read 2"]);
  });

  test("of the source of requests are thrown as they are", async () => {
    const { world, caller } = await bench();
    const own = new Error("no more paper");
    function* source(): Generator<number> {
      yield 1;
      throw own;
    }
    expect(await world.try(caller, () => caller.client.callService(sum, source()))).toBe(own);
    const streamed = caller.client.callService(double, source());
    expect((await world.act(caller, () => failure(streamed))).error).toBe(own);
  });

  test("of shapes that do not match are told before anything starts", async () => {
    const { world, caller } = await bench();
    const unary = defineService({ name: "up-to" });
    const error = await world.try(caller, () => caller.client.callService(unary, 3));
    expect(error).toMatchObject({ kind: "incompatible", delivered: "never" });
    expect(String(error)).toContain("is server-stream here, not unary");
    const streamed = defineService({ name: "sum", shape: "bidirectional" });
    const reading = await world.act(caller, () => failure(caller.client.callService(streamed, [])));
    expect(reading.error).toMatchObject({ kind: "incompatible", delivered: "never" });
  });

  test("of what is no iterable are the caller's own", async () => {
    const { world, caller } = await bench();
    const error = await world.try(caller, () => caller.client.callService(sum, 7 as never));
    expect(String(error)).toBe(
      'TypeError: "sum" is client-stream: its requests must be iterable, got number',
    );
  });

  test("responses and requests can be iterated once", async () => {
    const { world, caller } = await bench();
    const responses = caller.client.callService(upTo, 2);
    await world.act(caller, () => all(responses));
    expect(() => responses[Symbol.asyncIterator]()).toThrow("can be iterated once");
  });
});

describe("a call made for another one", () => {
  const outer = defineService({ name: "outer" });
  const inner = defineService({ name: "inner" });

  async function nested(): Promise<{
    readonly world: RpcWorld;
    readonly caller: RpcNode;
    readonly seen: { remaining?: number; traceparent?: string | undefined; ended?: string };
  }> {
    const world = new RpcWorld();
    const [caller, middle, last] = [
      world.start("caller"),
      world.start("middle"),
      world.start("last"),
    ];
    await world.connect(caller, middle);
    await world.connect(middle, last);
    const seen: { remaining?: number; traceparent?: string | undefined; ended?: string } = {};
    await world.act(last, () => {
      last.server.serve(inner, async (_request, context: CallContext) => {
        seen.remaining = context.remainingMs();
        seen.traceparent = context.traceparent;
        try {
          await last.node.clock.sleep(10_000, { signal: context.signal });
        } catch (error) {
          seen.ended = (error as RpcError).kind;
        }
      });
    });
    await world.act(middle, () => {
      middle.server.serve(outer, (_request, parent) =>
        middle.client.callNode(last.nodeId, inner, null, { parent }),
      );
    });
    return { world, caller, seen };
  }

  test("has no more time than that one, and belongs to its trace", async () => {
    const { world, caller, seen } = await nested();
    const middle = world.node("middle");
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const call = world.begin(caller, () =>
      caller.client.callNode(middle.nodeId, outer, null, { deadlineMs: 500, traceparent }),
    );
    await world.sim.runFor(100);
    expect(seen.remaining).toBeGreaterThan(400);
    expect(seen.remaining).toBeLessThanOrEqual(500);
    expect(seen.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(seen.traceparent).not.toBe(traceparent);
    expect(await world.sim.settle(call)).toMatchObject({ kind: "timeout" });
    await world.sim.runFor(100);
    expect(seen.ended).toMatch(/timeout|cancelled/);
  });

  test("with an option out of range leaves no listener behind", async () => {
    const { world, caller } = await nested();
    const middle = world.node("middle");
    const { signal } = new AbortController();
    const idempotencyKey = "k".repeat(256);
    await world.act(middle, () => {
      middle.server.serve("wrong", (_request, parent) =>
        middle.client.callService("inner", null, { parent, signal, idempotencyKey }),
      );
    });
    const call = (): unknown => caller.client.callNode(middle.nodeId, "wrong", null);
    expect(await world.try(caller, call)).toMatchObject({ kind: "internal" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("is cancelled with it", async () => {
    const { world, caller, seen } = await nested();
    const middle = world.node("middle");
    const abort = new AbortController();
    const call = world.begin(caller, () =>
      caller.client.callNode(middle.nodeId, outer, null, { signal: abort.signal }),
    );
    await world.sim.runFor(100);
    abort.abort("enough");
    expect(await world.sim.settle(call)).toBe("enough");
    await world.sim.runFor(50);
    expect(seen.ended).toBe("cancelled");
  });
});
