import { describe, expect, test } from "vitest";

import { type CallShape, type Codec, defineService, type RpcErrorKind } from "../src/index.ts";
import { RpcWorld, type RpcNode, type RpcNodeConfig } from "./rpc-world.ts";
import { person } from "./schemas.ts";

const shapes: readonly CallShape[] = ["unary", "server-stream", "client-stream", "bidirectional"];
const next: Readonly<Record<CallShape, CallShape>> = {
  unary: "server-stream",
  "server-stream": "client-stream",
  "client-stream": "bidirectional",
  bidirectional: "unary",
};
/** Writes what no JSON reader takes. */
const garbled: Codec = {
  encode: () => Uint8Array.of(0x7b, 0xff),
  decode: () => undefined,
};

describe.each(shapes)("over the wire, a %s call", (shape) => {
  const isMany = shape === "client-stream" || shape === "bidirectional";
  const contract = defineService({ name: "work", shape, input: person });
  const asked = { name: "Ada" };

  interface Refused {
    readonly kind: RpcErrorKind;
    /** Requests of a stream are read by the handler, which then has started. */
    readonly delivered?: "never" | "maybe";
    readonly provider?: RpcNodeConfig;
    readonly calls?: Parameters<typeof defineService>[0];
    readonly request?: unknown;
    /** What no caller of this package says. */
    readonly version?: string;
    readonly deadlineMs?: number;
    readonly allow?: [];
    readonly maxInFlight?: number;
    readonly before?: (world: RpcWorld, caller: RpcNode, provider: RpcNode) => Promise<void>;
  }

  /** What a call to one node throws, and how many handlers started. */
  async function refused(how: Refused): Promise<{ error: unknown; started: number }> {
    const world = new RpcWorld();
    const provider = world.start("provider", how.provider);
    const caller = world.start("caller");
    await world.connect(caller, provider);
    let started = 0;
    const handler = async (requests: unknown): Promise<void> => {
      started++;
      if (isMany) for await (const _ of requests as AsyncIterable<unknown>);
      else await provider.node.clock.sleep(5_000);
    };
    async function* stream(requests: unknown): AsyncGenerator {
      yield await handler(requests);
    }
    const isStreamed = shape === "server-stream" || shape === "bidirectional";
    const { allow, maxInFlight } = how;
    const given = isStreamed ? stream : handler;
    provider.server.serve(contract, given as never, { allow, maxInFlight });
    await how.before?.(world, caller, provider);
    const before = started;
    const defined = defineService(how.calls ?? { ...contract, input: undefined });
    const called = how.version === undefined ? defined : { ...defined, version: how.version };
    const isIterable = called.shape === "client-stream" || called.shape === "bidirectional";
    const request = how.request ?? asked;
    const input = (isIterable ? [request] : request) as never;
    const { deadlineMs } = how;
    const error = await world.try(caller, async () => {
      const answer: unknown = caller.client.callNode(provider.nodeId, called, input, {
        deadlineMs,
      });
      if (answer instanceof Promise) return await answer;
      for await (const _ of answer as AsyncIterable<unknown>);
      return undefined;
    });
    await world.sim.runFor(6_000);
    expect(provider.server.inFlight).toBe(0);
    expect(caller.calls).toMatchObject([{ outcome: how.kind }]);
    expect(error).toMatchObject({
      kind: how.kind,
      delivered: how.delivered ?? "never",
      provider: provider.nodeId,
    });
    return { error, started: started - before };
  }

  test("of a service that nobody has heard of is `not-found`", async () => {
    const calls = { name: "unheard-of", shape };
    expect((await refused({ kind: "not-found", calls })).started).toBe(0);
  });

  test("of another shape is `incompatible`, and so is another version", async () => {
    const { error, started } = await refused({
      kind: "incompatible",
      calls: { name: "work", shape: next[shape] },
    });
    expect(String(error)).toContain(`"work" is ${shape} here, not ${next[shape]}`);
    expect(started).toBe(0);
    await refused({ kind: "incompatible", calls: { name: "work", shape, version: "2.0" } });
  });

  test("of what is no version is `incompatible`, too", async () => {
    const { error } = await refused({ kind: "incompatible", version: "two" });
    expect(String(error)).toContain("in version 1.0, not two");
  });

  test("that is malformed is `bad-request`, whatever the caller expects", async () => {
    const { error, started } = await refused({ kind: "bad-request", version: "1.0\ud800" });
    expect(String(error)).toContain("malformed call");
    expect(started).toBe(0);
  });

  test("with a body that cannot be decoded, or does not match, is `bad-request`", async () => {
    const delivered = isMany ? "maybe" : "never";
    const calls = { name: "work", shape, codec: garbled };
    const { error } = await refused({ kind: "bad-request", delivered, calls });
    expect(String(error)).toContain("the body cannot be decoded");
    const { started } = await refused({ kind: "bad-request", delivered, request: { name: 7 } });
    expect(started).toBe(isMany ? 1 : 0);
  });

  test("with a body above what the provider takes is `message-too-large`", async () => {
    const request = { name: "x".repeat(2_000) };
    const delivered = isMany ? "maybe" : "never";
    const { error } = await refused({
      kind: "message-too-large",
      delivered,
      request,
      provider: { maxBodyBytes: 1_000 },
    });
    expect(String(error)).toContain("the request has 2011 bytes, at most 1000");
  });

  test("from somebody who is not on the list is `denied`", async () => {
    expect((await refused({ kind: "denied", allow: [] })).started).toBe(0);
  });

  test("for which there is no room is `backpressure`", async () => {
    // One that the caller's own list of calls does not show.
    const before = async (world: RpcWorld, _: RpcNode, provider: RpcNode): Promise<void> => {
      const other = world.start("other");
      await world.connect(other, provider);
      async function* hanging(): AsyncGenerator {
        await other.node.clock.sleep(1_000);
        yield asked;
      }
      void world.begin(other, async () => {
        const input = (isMany ? hanging() : asked) as never;
        const answer: unknown = other.client.callNode(provider.nodeId, contract, input);
        if (!(answer instanceof Promise)) {
          for await (const item of answer as AsyncIterable<unknown>) void item;
        }
      });
      await world.sim.runFor(100);
    };
    const { started } = await refused({ kind: "backpressure", maxInFlight: 1, before });
    expect(started).toBe(0);
  });

  test("whose deadline has passed when it is read is `timeout`, and starts nothing", async () => {
    const before = async (world: RpcWorld, _: RpcNode, provider: RpcNode): Promise<void> => {
      world.sim.freeze(provider.node);
      world.sim.after(500, () => world.sim.thaw(provider.node));
      await Promise.resolve();
    };
    const { started } = await refused({
      kind: "timeout",
      // The caller cannot know that the frozen node did not start it.
      delivered: "maybe",
      deadlineMs: 300,
      before,
    });
    expect(started).toBe(0);
  });
});

describe("without a provider", () => {
  test("there is `no-route`; if none lets us in, it is `denied`", async () => {
    const world = new RpcWorld();
    const caller = world.start("caller");
    const call = (): unknown => caller.client.callService("work", 0);
    expect(await world.try(caller, call)).toMatchObject({ kind: "no-route", delivered: "never" });
    const providers = ["a", "b"].map((name) => world.start(name));
    let started = 0;
    for (const { server } of providers) server.serve("work", () => started++, { allow: [] });
    await world.connect(caller, ...providers);
    await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:work"] }).length === 2);
    expect(await world.try(caller, call)).toMatchObject({ kind: "denied", delivered: "never" });
    expect(started).toBe(0);
  });
});
