import { describe, expect, test } from "vitest";

import {
  ApplicationError,
  defineService,
  jsonCodec,
  RpcError,
  type ServeOptions,
} from "../src/index.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";
import { schema } from "./schemas.ts";

const safe = defineService({ name: "safe", idempotent: true });
const words = defineService({ name: "words", shape: "server-stream", idempotent: true });

/** How an answer ends behind its first message. */
type End = "well" | "throws" | "own-error" | "never";

interface Bench {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly primary: RpcNode;
  readonly standby: RpcNode;
  /** What the primary does from now on. */
  readonly does: { end: End; safe: "answers" | "throws" };
  /** Reads one answer of the stream to its end; what was read, or the kind of its error. */
  read(): Promise<unknown[]>;
}

async function bench(): Promise<Bench> {
  const world = new RpcWorld();
  const caller = world.start("caller");
  const [primary, standby] = [world.start("primary"), world.start("standby")];
  const does: Bench["does"] = { end: "well", safe: "answers" };
  const serve = ({ node, server, name }: RpcNode, options: ServeOptions): void => {
    server.serve(
      words,
      async function* () {
        yield name;
        const end = name === "primary" ? does.end : "well";
        await node.clock.sleep(20);
        if (end === "throws") throw new Error("broken");
        if (end === "own-error") throw new ApplicationError("enough", "as agreed");
        if (end === "never") await node.clock.sleep(100_000);
      },
      options,
    );
    server.serve(
      safe,
      async () => {
        await node.clock.sleep(10);
        if (name === "primary" && does.safe === "throws") throw new Error("broken");
        return name;
      },
      options,
    );
  };
  await world.act(primary, () => serve(primary, { priority: 0 }));
  await world.act(standby, () => serve(standby, { priority: 1 }));
  await world.connect(caller, primary, standby);
  await world.sim.runFor(3_000);
  const read = async (): Promise<unknown[]> => {
    const got: unknown[] = [];
    try {
      for await (const word of caller.client.callService(words, 0)) got.push(word);
    } catch (error) {
      got.push(error instanceof RpcError ? error.kind : error);
    }
    return got;
  };
  return { world, caller, primary, standby, does, read: () => world.act(caller, read) };
}

describe("the statistics of a client", () => {
  test("are empty before the first call", async () => {
    const { caller } = await bench();
    expect(caller.client.stats()).toEqual({
      inFlight: 0,
      providers: [],
      penalties: [],
      retryBudgets: {},
    });
  });

  test("tell what is under way where, and how long answers took", async () => {
    const { world, caller, primary } = await bench();
    const { nodeId } = primary;
    await world.act(caller, () => caller.client.callService(safe, 0));
    const running = world.begin(caller, () => caller.client.callService(safe, 0));
    await world.sim.runFor(5);
    const [known, ...others] = caller.client.stats().providers;
    expect(known).toMatchObject({
      service: "safe",
      nodeId,
      inFlight: 1,
      breaker: "closed",
      retryAfterMs: 0,
    });
    expect(known?.latencyMs).toBeGreaterThanOrEqual(10);
    expect(known?.latencyMs).toBeLessThan(30);
    expect([others, caller.client.stats().inFlight]).toEqual([[], 1]);
    await world.sim.settle(running);
    expect(caller.client.stats()).toMatchObject({ inFlight: 0, providers: [{ inFlight: 0 }] });
  });

  test("tell of open breakers, and of what is left for retries", async () => {
    const { world, caller, primary, does } = await bench();
    does.safe = "throws";
    await world.act(caller, async () => {
      for (let i = 0; i < 5; i++) await caller.client.callService(safe, 0, { retry: true });
    });
    const { providers, retryBudgets } = caller.client.stats();
    const failing = providers.find(({ nodeId }) => nodeId === primary.nodeId);
    expect(failing?.breaker).toBe("open");
    expect(failing?.retryAfterMs).toBeGreaterThan(0);
    expect(retryBudgets["safe"]).toBeGreaterThan(5);
    expect(retryBudgets["safe"]).toBeLessThan(6);
  });

  test("tell of penalties, until they are over", async () => {
    const { world, caller, primary } = await bench();
    const { nodeId } = primary;
    await world.act(caller, () => caller.client.callService(safe, 0));
    world.sim.network.isolate(primary.node);
    await world.act(caller, () => caller.client.callService(safe, 0, { retry: true }));
    const [penalty] = caller.client.stats().penalties;
    expect(penalty).toMatchObject({ nodeId, share: 0 });
    expect(penalty?.avoidedMs).toBeGreaterThan(0);
    world.sim.network.heal();
    await world.sim.runFor(20_000);
    expect(caller.client.stats().penalties).toEqual([]);
  });
});

describe("an answer that breaks off after its first message", () => {
  test("because the handler failed counts against the service there", async () => {
    const { caller, primary, does, read } = await bench();
    does.end = "throws";
    for (let i = 0; i < 5; i++) expect(await read()).toEqual(["primary", "internal"]);
    expect(await read()).toEqual(["standby"]);
    expect(caller.client.stats().providers).toContainEqual(
      expect.objectContaining({ nodeId: primary.nodeId, service: "words", breaker: "open" }),
    );
    expect(caller.client.stats().penalties).toEqual([]);
  });

  test("because the provider was lost counts against the provider", async () => {
    const { world, caller, primary, does } = await bench();
    does.end = "never";
    const reading = world.sim.run(caller.node, async () => {
      for await (const _ of caller.client.callService(words, 0));
    });
    const ended = reading.catch((error: unknown) => error);
    await world.sim.runFor(50);
    // As a restart would do it: no silence, the session is simply over.
    await world.act(primary, () => primary.transport.close(), 60_000);
    expect(await world.sim.settle(ended)).toMatchObject({ kind: "unavailable" });
    const { penalties, providers } = caller.client.stats();
    expect(penalties).toMatchObject([{ nodeId: primary.nodeId }]);
    expect(providers).toMatchObject([{ breaker: "closed" }]);
  });

  test("for a reason of the application's own counts against nobody", async () => {
    const { caller, does, read } = await bench();
    does.end = "own-error";
    for (let i = 0; i < 7; i++) expect(await read()).toEqual(["primary", "application"]);
    expect(caller.client.stats()).toMatchObject({
      penalties: [],
      providers: [{ breaker: "closed" }],
    });
  });

  test("because the caller wanted no more counts against nobody, whatever its reason", async () => {
    const { world, caller, does } = await bench();
    does.end = "never";
    for (const reason of [
      new RpcError("unavailable", "the caller's own caller is gone"),
      new RpcError("internal", "something else failed"),
    ]) {
      for (let i = 0; i < 6; i++) {
        const abort = new AbortController();
        const reading = world.begin(caller, async () => {
          for await (const _ of caller.client.callService(words, 0, { signal: abort.signal }));
        });
        await world.sim.runFor(50);
        abort.abort(reason);
        expect(await world.sim.settle(reading)).toBe(reason);
      }
    }
    expect(caller.client.stats()).toMatchObject({
      penalties: [],
      providers: [{ breaker: "closed", inFlight: 0 }],
    });
  });

  test("or never begins, because the caller wanted none, counts against nobody either", async () => {
    const { world, caller } = await bench();
    const reason = new RpcError("internal", "something else failed");
    for (let i = 0; i < 6; i++) {
      const abort = new AbortController();
      const { signal } = abort;
      const call = world.begin(caller, () => caller.client.callService(safe, 0, { signal }));
      await world.sim.runFor(5);
      abort.abort(reason);
      expect(await world.sim.settle(call)).toBe(reason);
    }
    expect(caller.client.stats().providers).toMatchObject([{ breaker: "closed" }]);
  });

  test("is not made good by the first message: five in a row are five in a row", async () => {
    const { does, read } = await bench();
    for (const end of [
      "throws",
      "throws",
      "well",
      "throws",
      "throws",
      "throws",
      "throws",
    ] as const) {
      does.end = end;
      expect((await read())[0]).toBe("primary");
    }
    does.end = "throws";
    expect(await read()).toEqual(["primary", "internal"]);
    expect(await read()).toEqual(["standby"]);
  });

  test("lets another call try once the breaker has been open for long enough", async () => {
    const { world, does, read } = await bench();
    does.end = "throws";
    for (let i = 0; i < 5; i++) await read();
    does.end = "well";
    await world.sim.runFor(2_000);
    expect(await read()).toEqual(["primary"]);
    expect(await read()).toEqual(["primary"]);
  });
});

describe.each([
  ["cannot be decoded", "at once"],
  ["does not match the contract", "at once"],
  ["does not match the contract", "later"],
])("an answer that %s (%s)", (what, when) => {
  const output = schema<unknown>((value) => {
    const result = value === "bad" ? { issues: [{ message: "bad" }] } : { value };
    return when === "later" ? Promise.resolve(result) : result;
  });
  /** Both providers answer; the first one what cannot be read. */
  async function unreadable(shape: "unary" | "server-stream") {
    const contract = defineService({ name: "words", shape, output });
    const garbled = { ...jsonCodec, encode: () => Uint8Array.of(0x7b) };
    const world = new RpcWorld();
    const caller = world.start("caller");
    const primary = world.start("primary", what === "cannot be decoded" ? { codec: garbled } : {});
    const standby = world.start("standby");
    for (const [node, priority, word] of [
      [primary, 0, "bad"],
      [standby, 1, "good"],
    ] as const) {
      const handler = shape === "unary" ? () => word : () => [word, word];
      await world.act(node, () => node.server.serve(contract, handler as never, { priority }));
    }
    await world.connect(caller, primary, standby);
    await world.sim.runFor(3_000);
    const call = (): Promise<unknown> =>
      world.try(caller, async () => {
        const answer: unknown = caller.client.callService(contract, 0);
        if (shape === "unary") return await answer;
        for await (const item of answer as AsyncIterable<unknown>) return item;
        return undefined;
      });
    return { caller, primary, call };
  }

  test.each(["unary", "server-stream"] as const)(
    "is how the attempt of a %s call ended, and counts against the service there",
    async (shape) => {
      const { caller, primary, call } = await unreadable(shape);
      const provider = primary.nodeId;
      for (let i = 0; i < 5; i++) {
        expect(await call()).toMatchObject({ kind: "bad-response", delivered: "maybe", provider });
      }
      expect(caller.calls[0]).toMatchObject({
        outcome: "bad-response",
        attempts: [{ provider, outcome: "bad-response" }],
        responseMessages: 1,
      });
      expect(caller.client.stats()).toMatchObject({
        providers: expect.arrayContaining([
          expect.objectContaining({ nodeId: provider, breaker: "open", inFlight: 0 }),
        ]),
        penalties: [],
      });
      expect(await call()).toBe("good");
    },
  );
});
