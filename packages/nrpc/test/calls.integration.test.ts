import { utf8 } from "@selvage/core";
import type { MessageStream } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import { encodeResponse } from "../src/frame.ts";
import {
  ApplicationError,
  type CallContext,
  defineService,
  jsonCodec,
  NRPC_PROTOCOL,
  type RpcError,
  rpcStatus,
} from "../src/index.ts";
import { RpcWorld, type RpcNode, type RpcNodeConfig } from "./rpc-world.ts";
import { numberAsText, person, schema, text } from "./schemas.ts";
import { wholeCall } from "./whole-call.ts";

const greet = defineService({ name: "greet", input: person, output: text });

/** A caller and a provider that are connected. */
async function bench(
  config: { readonly caller?: RpcNodeConfig; readonly provider?: RpcNodeConfig } = {},
): Promise<{ readonly world: RpcWorld; readonly caller: RpcNode; readonly provider: RpcNode }> {
  const world = new RpcWorld();
  const provider = world.start("provider", config.provider);
  const caller = world.start("caller", config.caller);
  await world.connect(caller, provider);
  return { world, caller, provider };
}

/** Serves on the provider and lets the caller hear of it. */
async function serve(
  { world, provider }: { readonly world: RpcWorld; readonly provider: RpcNode },
  ...args: Parameters<RpcNode["server"]["serve"]>
): Promise<void> {
  await world.act(provider, () => provider.server.serve(...args));
  await world.sim.runFor(100);
}

describe("a call", () => {
  test("by service name is answered by a provider that the index knows", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    await world.act(provider, () => provider.server.serve(greet, ({ name }) => `hello ${name}`));
    await world.sim.runFor(100);
    const answer = await world.act(caller, () => caller.client.callService(greet, { name: "Ada" }));
    expect(answer).toBe("hello Ada");
    expect(caller.calls).toMatchObject([
      {
        service: "greet",
        outcome: "ok",
        provider: provider.nodeId,
        retries: 0,
        moves: 0,
        hedges: 0,
      },
    ]);
    expect(caller.calls[0]?.attempts).toMatchObject([{ provider: provider.nodeId, outcome: "ok" }]);
  });

  test("by node id is answered by that node", async () => {
    const self = await bench();
    await serve(self, "where", (_, { caller }) => caller);
    const { world, caller, provider } = self;
    expect(await world.act(caller, () => caller.client.callNode(provider.nodeId, "where", 0))).toBe(
      caller.nodeId,
    );
  });

  test("takes one round trip", async () => {
    const self = await bench();
    await serve(self, "echo", (request) => request);
    const { world, caller } = self;
    const before = world.sim.now;
    await world.act(caller, () => caller.client.callService("echo", 1));
    expect(world.sim.now - before).toBeLessThan(4.5);
  });

  test("carries nothing, anything that JSON can, and megabytes", async () => {
    const self = await bench();
    await serve(self, "echo", (request) => request);
    const { world, caller } = self;
    for (const value of [undefined, null, 0, "", [], { a: [{ b: "ü" }] }, "x".repeat(3_000_000)]) {
      const answer = await world.act(caller, () => caller.client.callService("echo", value));
      expect(answer === value || JSON.stringify(answer) === JSON.stringify(value)).toBe(true);
    }
  });

  test("many at once are answered each for itself", async () => {
    const self = await bench();
    await serve(self, "double", (value) => 2 * Number(value));
    const { world, caller } = self;
    const answers = await world.act(caller, () =>
      Promise.all(Array.from({ length: 500 }, (_, i) => caller.client.callService("double", i))),
    );
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => 2 * i));
  });

  test("tells the handler who calls, on what terms, and what was sent along", async () => {
    const self = await bench();
    const { world, caller } = self;
    let seen: Record<string, unknown> = {};
    await serve(self, "look", (_, context: CallContext) => {
      seen = {
        service: context.service,
        caller: context.caller,
        metadata: [...context.metadata],
        idempotencyKey: context.idempotencyKey,
        traceparent: context.traceparent,
        tracestate: context.tracestate,
        remaining: Math.round(context.remainingMs() / 10),
        aborted: context.signal.aborted,
      };
    });
    await world.act(caller, () =>
      caller.client.callService("look", 0, {
        deadlineMs: 2_000,
        metadata: { tenant: "t1", role: "reader" },
        idempotencyKey: "once",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        tracestate: "vendor=1",
      }),
    );
    expect(seen).toEqual({
      service: "look",
      caller: caller.nodeId,
      metadata: [
        ["tenant", "t1"],
        ["role", "reader"],
      ],
      idempotencyKey: "once",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=1",
      remaining: 200,
      aborted: false,
    });
    await world.act(caller, () =>
      caller.client.callService("look", 0, { deadlineMs: Number.POSITIVE_INFINITY }),
    );
    expect(seen).toMatchObject({
      metadata: [],
      idempotencyKey: undefined,
      traceparent: undefined,
      tracestate: undefined,
      remaining: Number.POSITIVE_INFINITY,
    });
  });

  test("without a positive deadline is a mistake of the caller", async () => {
    const { world, caller } = await bench();
    for (const deadlineMs of [0, -1, Number.NaN]) {
      expect(
        await world.try(caller, () => caller.client.callService("x", 0, { deadlineMs })),
      ).toBeInstanceOf(RangeError);
    }
  });
});

describe("a request that does not match the contract", () => {
  test("is refused here, before anything is sent", async () => {
    const { world, caller } = await bench();
    const before = caller.transport.stats().datagramsSent;
    const error = await world.try(caller, () =>
      caller.client.callService(greet, { name: 5 } as never),
    );
    expect(error).toMatchObject({ kind: "bad-request", delivered: "never", retryable: false });
    expect(caller.transport.stats().datagramsSent).toBe(before);
  });

  test("never reaches the handler, whoever sent it", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    let started = 0;
    await world.act(provider, () => provider.server.serve(greet, () => `${started++}`));
    await world.sim.runFor(100);
    const error = await world.try(caller, () => caller.client.callService("greet", { name: 5 }));
    expect(error).toMatchObject({
      kind: "bad-request",
      delivered: "never",
      provider: provider.nodeId,
    });
    expect(String(error)).toContain("name: expected text");
    expect(started).toBe(0);
  });

  test("is refused if it cannot be read at all", async () => {
    const broken = { ...jsonCodec, encode: () => utf8("{") };
    const self = await bench({ caller: { codec: broken } });
    const { world, caller } = self;
    let started = 0;
    await serve(self, "count", () => started++);
    const error = await world.try(caller, () => caller.client.callService("count", 0));
    expect(error).toMatchObject({ kind: "bad-request", delivered: "never" });
    expect(started).toBe(0);
  });

  test("is refused if it cannot be written", async () => {
    const { world, caller } = await bench();
    const error = await world.try(caller, () => caller.client.callService("count", 1n));
    expect(error).toMatchObject({ kind: "bad-request", delivered: "never" });
  });

  test("is refused even as a frame that makes no sense", async () => {
    const { world, caller, provider } = await bench();
    const answers: unknown[] = [];
    await world.act(caller, async () => {
      for (const bytes of [new Uint8Array(), Uint8Array.of(255, 255, 1), utf8("GET / HTTP/1.1")]) {
        const stream = caller.transport.peer(provider.nodeId)!.openStream(NRPC_PROTOCOL);
        stream.send(bytes);
        stream.end();
        answers.push((await stream.receive())?.length);
      }
    });
    expect(answers).toHaveLength(3);
    expect(provider.server.inFlight).toBe(0);
  });

  test("is brought into the shape that the schema gives it", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    const double = defineService({ name: "double", input: numberAsText, output: numberAsText });
    await world.act(provider, () => provider.server.serve(double, (n) => String(2 * n)));
    await world.sim.runFor(100);
    expect(await world.act(caller, () => caller.client.callService(double, "21"))).toBe(42);
  });
});

describe("an answer", () => {
  test("that does not match the contract is refused here", async () => {
    const self = await bench();
    await serve(self, "greet", () => 42);
    const { world, caller } = self;
    const error = await world.try(caller, () => caller.client.callService(greet, { name: "Ada" }));
    expect(error).toMatchObject({ kind: "bad-response", delivered: "maybe", retryable: false });
    expect(caller.calls.at(-1)).toMatchObject({ outcome: "bad-response" });
  });

  test("that cannot be read is refused here", async () => {
    const broken = { ...jsonCodec, encode: () => utf8("{") };
    const self = await bench({ provider: { codec: broken } });
    await serve(self, "echo", (request) => request);
    const { world, caller } = self;
    const error = await world.try(caller, () => caller.client.callService("echo", 1));
    expect(error).toMatchObject({ kind: "bad-response", delivered: "maybe" });
  });

  test("that cannot be written is the provider's failure", async () => {
    const self = await bench();
    await serve(self, "big", () => 1n);
    const { world, caller } = self;
    const error = await world.try(caller, () => caller.client.callService("big", 1));
    expect(error).toMatchObject({ kind: "internal", delivered: "maybe" });
  });

  test("that never comes because the stream just ends is no answer", async () => {
    const { world, caller, provider } = await bench({
      provider: { answers: (stream) => stream.end() },
    });
    const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "x", 0));
    expect(error).toMatchObject({ kind: "bad-response", delivered: "maybe" });
  });
});

describe("a handler that fails", () => {
  test("says why in its own words, if it wants to", async () => {
    const self = await bench();
    await serve(self, "withdraw", () => {
      throw new ApplicationError("insufficient-funds", "42 are missing");
    });
    const { world, caller, provider } = self;
    const error = await world.try(caller, () => caller.client.callService("withdraw", 100));
    expect(error).toMatchObject({
      kind: "application",
      code: "insufficient-funds",
      delivered: "maybe",
      retryable: false,
      provider: provider.nodeId,
    });
    expect(String(error)).toContain("42 are missing");
  });

  test("otherwise keeps to itself why", async () => {
    const self = await bench();
    await serve(self, "leak", () => {
      throw new Error("password is hunter2");
    });
    const { world, caller } = self;
    const error = await world.try(caller, () => caller.client.callService("leak", 0));
    expect(error).toMatchObject({ kind: "internal", delivered: "maybe", code: undefined });
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  test("harms no other call", async () => {
    const self = await bench();
    await serve(self, "odd", (n) => {
      if (Number(n) % 2 === 0) throw new Error("even");
      return n;
    });
    const { world, caller, provider } = self;
    const answers = await world.act(caller, () =>
      Promise.all(
        [1, 2, 3, 4].map((n) =>
          caller.client.callService("odd", n).catch(({ kind }: RpcError) => kind),
        ),
      ),
    );
    expect(answers).toEqual([1, "internal", 3, "internal"]);
    expect(provider.server.inFlight).toBe(0);
  });
});

describe("a call is refused, its handler never started,", () => {
  test("if nobody is known to serve it", async () => {
    const { world, caller } = await bench();
    const error = await world.try(caller, () => caller.client.callService("nobody", 0));
    expect(error).toMatchObject({ kind: "no-route", delivered: "never", retryable: true });
    expect(String(error)).toContain('no provider of "nobody" is known');
  });

  test("by a node that does not serve it", async () => {
    const { world, caller, provider } = await bench();
    const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "x", 0));
    expect(error).toMatchObject({ kind: "not-found", delivered: "never" });
  });

  test("by a provider that does not allow the caller", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    let started = 0;
    await serve(self, "secret", () => started++, {
      allow: ({ nodeId }) => nodeId !== caller.nodeId,
    });
    const error = await world.try(caller, () => caller.client.callService("secret", 0));
    expect(error).toMatchObject({ kind: "denied", delivered: "never", provider: provider.nodeId });
    expect(started).toBe(0);
    const other = world.start("other");
    await world.connect(other, provider);
    expect(await world.act(other, () => other.client.callService("secret", 0))).toBe(0);
  });

  test("above the number of calls that run at once", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    let started = 0;
    const slow = async (): Promise<number> => {
      started++;
      await provider.node.clock.sleep(500);
      return started;
    };
    await serve(self, "slow", slow, { maxInFlight: 3 });
    const results = await world.act(caller, () =>
      Promise.all(
        Array.from({ length: 5 }, () =>
          caller.client.callService("slow", 0).catch((error: unknown) => error),
        ),
      ),
    );
    expect(results.slice(0, 3)).toEqual([3, 3, 3]);
    for (const refused of results.slice(3)) {
      expect(refused).toMatchObject({ kind: "backpressure", delivered: "never", retryable: true });
    }
    expect(await world.act(caller, () => caller.client.callService("slow", 0))).toBe(4);
  });

  test("if the provider slept past its deadline", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    let started = 0;
    await serve(self, "count", () => started++);
    world.sim.freeze(provider.node);
    const call = world.begin(caller, () =>
      caller.client.callNode(provider.nodeId, "count", 0, { deadlineMs: 300 }),
    );
    await world.sim.runFor(250);
    world.sim.thaw(provider.node);
    await world.sim.settle(call);
    expect(started).toBe(1);
    world.sim.freeze(provider.node);
    const late = world.begin(caller, () =>
      caller.client.callNode(provider.nodeId, "count", 0, { deadlineMs: 300 }),
    );
    await world.sim.runFor(600);
    world.sim.thaw(provider.node);
    await world.sim.runFor(100);
    expect(await late).toMatchObject({ kind: "timeout", delivered: "maybe" });
    expect(started).toBe(1);
  });

  test("if the request is larger than allowed here", async () => {
    const { world, caller } = await bench({ caller: { maxBodyBytes: 100 } });
    const error = await world.try(caller, () => caller.client.callService("x", "y".repeat(99)));
    expect(error).toMatchObject({ kind: "message-too-large", delivered: "never" });
    expect(String(error)).toContain("101 bytes, at most 100");
  });
});

describe("the version of a contract", () => {
  const versions = (served: string, wanted: string) => async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    const offered = defineService({ name: "greet", version: served });
    await world.act(provider, () => provider.server.serve(offered, () => served));
    await world.sim.runFor(100);
    const contract = defineService({ name: "greet", version: wanted });
    return await world.try(caller, () => caller.client.callService(contract, 0));
  };

  test("may be a newer minor at the provider", async () => {
    expect(await versions("1.3", "1.2")()).toBe("1.3");
  });

  test.each([
    ["1.2", "1.3"],
    ["2.0", "1.9"],
    ["1.9", "2.0"],
  ])("%s is not used by a caller of %s", async (served, wanted) => {
    const error = await versions(served, wanted)();
    expect(error).toMatchObject({ kind: "incompatible", delivered: "never" });
    expect(String(error)).toContain(`in version ${served}, the caller needs ${wanted}`);
  });
});

describe("limits that the two ends see differently", () => {
  test("a node with another version, called by its id, says so", async () => {
    const self = await bench();
    const { world, caller, provider } = self;
    let started = 0;
    const offered = defineService({ name: "greet", version: "1.2" });
    await world.act(provider, () => provider.server.serve(offered, () => started++));
    for (const version of ["2.0", "1.3"]) {
      const wanted = defineService({ name: "greet", version });
      expect(
        await world.try(caller, () => caller.client.callNode(provider.nodeId, wanted, 0)),
      ).toMatchObject({ kind: "incompatible", delivered: "never", retryable: false });
    }
    expect(started).toBe(0);
  });

  test("a request above what the provider takes leaves no stream open", async () => {
    const limits = { maxMessageBytes: 20_000, maxOpenStreams: 8 };
    const self = await bench({ provider: { limits } });
    const { world, caller } = self;
    await serve(self, "echo", (request) => request);
    for (let i = 0; i < 20; i++) {
      expect(
        await world.try(caller, () => caller.client.callService("echo", "x".repeat(30_000))),
      ).toMatchObject({ kind: "message-too-large", delivered: "never" });
      await world.sim.runFor(20);
    }
    expect(await world.try(caller, () => caller.client.callService("echo", 1))).toBe(1);
  });

  test("an answer above what the caller takes is told at once", async () => {
    const self = await bench({ caller: { limits: { maxMessageBytes: 20_000 } } });
    const { world, caller } = self;
    await serve(self, "big", () => "x".repeat(30_000));
    const before = world.sim.now;
    const error = await world.try(caller, () => caller.client.callService("big", 0));
    expect(error).toMatchObject({ delivered: "maybe" });
    expect(world.sim.now - before).toBeLessThan(1_000);
  });

  test("an error of the application too long for a frame is told at once", async () => {
    const self = await bench();
    const { world, caller } = self;
    await serve(self, "verbose", () => {
      throw new ApplicationError("long", "x".repeat(100_000));
    });
    const before = world.sim.now;
    const error = await world.try(caller, () => caller.client.callService("verbose", 0));
    expect(error).toMatchObject({ kind: "application", code: "long" });
    expect(world.sim.now - before).toBeLessThan(1_000);
  });

  test("an allow-list that throws refuses the call at once", async () => {
    const self = await bench();
    const { world, caller } = self;
    const allow = (): boolean => {
      throw new Error("the list cannot be read");
    };
    await serve(self, "guarded", () => 1, { allow });
    const before = world.sim.now;
    const error = await world.try(caller, () => caller.client.callService("guarded", 0));
    expect(error).toMatchObject({ delivered: "never" });
    expect(world.sim.now - before).toBeLessThan(1_000);
  });
});

describe("every other answer of a provider has its kind", () => {
  test.each(Object.keys(rpcStatus).filter((status) => status !== "ok"))("%s", async (status) => {
    let notStarted = true;
    const answers = (stream: MessageStream): void => {
      void stream.receive();
      const { code } = rpcStatus[status as keyof typeof rpcStatus];
      const header = { status: code, notStarted, message: "because", code: "own" };
      stream.end(
        encodeResponse({ ...header, metadata: [], details: new Uint8Array() }, new Uint8Array()),
      );
    };
    const { world, caller, provider } = await bench({ provider: { answers } });
    for (notStarted of [true, false]) {
      const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "x", 0));
      expect(error).toMatchObject({
        kind: status,
        delivered: notStarted ? "never" : "maybe",
        code: status === "application" ? "own" : undefined,
        provider: provider.nodeId,
      });
      expect(String(error)).toContain("because");
    }
  });
});

test("a provider that saw a call cancelled which we did not cancel says so", async () => {
  const answers = (stream: MessageStream): void => {
    void stream.receive();
    const { code: status } = rpcStatus.cancelled;
    const header = { status, notStarted: false, message: "", code: "" };
    stream.end(
      encodeResponse({ ...header, metadata: [], details: new Uint8Array() }, new Uint8Array()),
    );
  };
  const { world, caller, provider } = await bench({ provider: { answers } });
  const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "x", 0));
  expect(error).toMatchObject({ kind: "cancelled", delivered: "maybe", retryable: false });
});

describe("serving", () => {
  test("the same service twice is refused, and harms not the first", async () => {
    const self = await bench();
    await serve(self, "greet", () => "first");
    const { world, caller, provider } = self;
    const error = await world.try(provider, () => provider.server.serve("greet", () => "second"));
    expect(error).toMatchObject({ kind: "already-served", retryable: false });
    await world.sim.runFor(100);
    expect(await world.act(caller, () => caller.client.callService("greet", 0))).toBe("first");
    expect(provider.server.offers()).toHaveLength(1);
  });

  test("may go on under another registration after the first was closed", async () => {
    const { world, caller, provider } = await bench();
    const first = provider.server.serve("greet", () => "first");
    await world.act(provider, () => first.close());
    provider.server.serve("greet", () => "second");
    await world.act(provider, () => first.close());
    await world.sim.runFor(1_500);
    expect(await world.act(caller, () => caller.client.callService("greet", 0))).toBe("second");
  });

  test.each([
    { priority: -1 },
    { priority: 0.5 },
    { weight: 0 },
    { weight: 1_001 },
    { weight: Number.NaN },
    { maxInFlight: 0 },
    { queue: -1 },
    { queue: 0.5 },
    { queue: Number.POSITIVE_INFINITY },
  ])("with %j is a mistake", async (options) => {
    const { world, provider } = await bench();
    const error = await world.try(provider, () => provider.server.serve("x", () => 0, options));
    expect(error).toBeInstanceOf(RangeError);
    expect(provider.server.offers()).toEqual([]);
  });

  test("with a number that is a text is a mistake, and named", async () => {
    const { world, provider } = await bench();
    const options = { weight: "2" } as never;
    const error = await world.try(provider, () => provider.server.serve("x", () => 0, options));
    expect(error).toEqual(new TypeError("weight must be a number, got string"));
  });

  test("is over once the server is closed", async () => {
    const { world, provider } = await bench();
    await world.act(provider, () =>
      Promise.all([provider.server.close(), provider.server.close()]),
    );
    expect(await world.try(provider, () => provider.server.serve("x", () => 0))).toMatchObject({
      kind: "closed",
    });
  });

  test("a name that is none cannot be called or served", async () => {
    const { world, caller, provider } = await bench();
    expect(await world.try(caller, () => caller.client.callService("No!", 0))).toBeInstanceOf(
      RangeError,
    );
    expect(await world.try(provider, () => provider.server.serve("No!", () => 0))).toBeInstanceOf(
      RangeError,
    );
  });
});

test("a caller whose transport is closed has no route", async () => {
  const self = await bench();
  await serve(self, "echo", (request) => request);
  const { world, caller } = self;
  await world.act(caller, () => caller.transport.close());
  const error = await world.try(caller, () => caller.client.callService("echo", 0));
  expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
});

test("a call that is still open when the caller's node ends fails as closed", async () => {
  const self = await bench({ caller: { limits: { drainMs: 50 } } });
  const { world, caller, provider } = self;
  await serve(self, "slow", () => provider.node.clock.sleep(60_000));
  const call = world.begin(caller, () => caller.client.callService("slow", 0));
  await world.sim.runFor(50);
  await world.act(caller, () => caller.close());
  expect(await world.sim.settle(call)).toMatchObject({ kind: "closed", delivered: "maybe" });
});

test("two calls with one stream each share nothing: a hostile frame fails alone", async () => {
  const self = await bench();
  await serve(self, "echo", (request) => request);
  const { world, caller, provider } = self;
  const header = { service: "echo", version: "1.0", deadlineMs: 0, idempotencyKey: "" };
  const whole = wholeCall(
    { ...header, traceparent: "", tracestate: "", metadata: [], shape: 0 },
    utf8("1"),
  );
  const answer = await world.act(caller, async () => {
    const stream = caller.transport.peer(provider.nodeId)!.openStream(NRPC_PROTOCOL);
    stream.send(whole.subarray(0, whole.length - 5));
    stream.end();
    const good = await caller.client.callService("echo", "fine");
    return [good, (await stream.receive()) === undefined];
  });
  expect(answer).toEqual(["fine", false]);
});

test("a schema that throws fails the call, not the node", async () => {
  const self = await bench();
  const { world, caller, provider } = self;
  const explosive = schema<unknown>(() => {
    throw new Error("schema");
  });
  const bad = defineService({ name: "bad", input: explosive });
  await world.act(provider, () => provider.server.serve(bad, () => 1));
  await world.sim.runFor(100);
  const error = await world.try(caller, () => caller.client.callService("bad", 0));
  expect(error).toMatchObject({ kind: "internal", delivered: "never" });
});
