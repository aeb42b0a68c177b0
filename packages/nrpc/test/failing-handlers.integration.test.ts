import { type Logger, silentLogger } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { ApplicationError, defineService, type RpcError } from "../src/index.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";
import { person, schema } from "./schemas.ts";

const greet = defineService({ name: "greet", input: person });

/** A caller and a provider that are connected. */
async function bench(
  logger: Logger = silentLogger,
): Promise<{ readonly world: RpcWorld; readonly caller: RpcNode; readonly provider: RpcNode }> {
  const world = new RpcWorld();
  const provider = world.start("provider", { logger });
  const caller = world.start("caller");
  await world.connect(caller, provider);
  return { world, caller, provider };
}

describe("a handler that fails", () => {
  test("answers although codes and trailers are no texts", async () => {
    const { world, caller, provider } = await bench();
    provider.server.serve("withdraw", (_, { trailers }) => {
      trailers.set("left", 42 as never);
      throw new ApplicationError(402 as never, "42 are missing");
    });
    const error = await world.try(caller, () =>
      caller.client.callNode(provider.nodeId, "withdraw", 100),
    );
    expect(error).toMatchObject({ kind: "application", code: "402" });
    expect((error as RpcError).trailers).toEqual(new Map([["left", "42"]]));
  });

  test("because of a bad call of its own has failed: its caller asked for nothing wrong", async () => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    const { world, caller, provider } = await bench(logger);
    provider.server.serve("twice", async (_, parent) => {
      return await provider.client.callNode(provider.nodeId, greet, { name: 5 } as never, {
        parent,
      });
    });
    const error = await world.try(caller, () =>
      caller.client.callNode(provider.nodeId, "twice", 0),
    );
    expect(error).toMatchObject({ kind: "internal", delivered: "maybe" });
    expect(warnings).toEqual(["a handler threw"]);
  });

  test("succeeds whatever it leaves in trailers: what is too much is dropped, and logged once", async () => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (...said: unknown[]) => void warnings.push(said) };
    const { world, caller, provider } = await bench(logger);
    const given = {
      many: () => Array.from({ length: 8_000 }, (_, i) => [`t${i}`, "x"] as const),
      wide: () => Array.from({ length: 1_500 }, (_, i) => [`t${i}`, "\u4e16".repeat(20)] as const),
      long: () => [["t0", "x"] as const, ["t1", "x".repeat(40_000)] as const],
    };
    provider.server.serve("sum", (kind, { trailers }) => {
      for (const [name, value] of given[kind as keyof typeof given]()) trailers.set(name, value);
      return kind;
    });
    for (const [kind, sent] of [
      ["many", 1_024],
      ["wide", 430],
      ["long", 1],
    ] as const) {
      let heard: ReadonlyMap<string, string> = new Map();
      const answer = await world.try(caller, () =>
        caller.client.callNode(provider.nodeId, "sum", kind, {
          onTrailers: (trailers) => (heard = trailers),
        }),
      );
      expect(answer).toBe(kind);
      expect(heard.size).toBeGreaterThanOrEqual(sent);
      const dropped = given[kind]().length - heard.size;
      expect(warnings.splice(0)).toEqual([
        ["trailers do not fit, and were dropped", { service: "sum", dropped }],
      ]);
    }
  });

  test("tells most of its caller: the longest error has room for the longest trailers", async () => {
    const { world, caller, provider } = await bench();
    provider.server.serve("sum", (_, { trailers }) => {
      for (let i = 0; i < 1_000; i++) trailers.set(`${i}`, "\u4e16".repeat(5));
      const details = "x".repeat(16_382);
      throw new ApplicationError("\u4e16".repeat(500), "\u4e16".repeat(9_000), { details });
    });
    const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "sum", 0));
    expect(error).toMatchObject({ kind: "application", details: "x".repeat(16_382) });
    expect((error as RpcError).trailers.size).toBe(1_000);
  });

  test("is heard without details that are too large, which is logged", async () => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (...said: unknown[]) => void warnings.push(said) };
    const { world, caller, provider } = await bench(logger);
    provider.server.serve("sum", () => {
      throw new ApplicationError("too-much", "no", { details: "x".repeat(16_383) });
    });
    const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "sum", 0));
    expect(error).toMatchObject({ kind: "application", code: "too-much", details: undefined });
    const said = { service: "sum", bytes: 16_385, limit: 16_384 };
    expect(warnings).toEqual([["details of an error are too large, and were dropped", said]]);
  });
});

test.each(["at once", "later"])(
  "what a schema throws %s is kept back, and logged",
  async (when) => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    const { world, caller, provider } = await bench(logger);
    let started = 0;
    const input = schema<unknown>(() => {
      const error = new Error("password is hunter2");
      if (when === "later") return Promise.reject(error);
      throw error;
    });
    provider.server.serve(defineService({ name: "sum", input }), () => started++);
    const error = await world.try(caller, () => caller.client.callNode(provider.nodeId, "sum", 0));
    expect(error).toMatchObject({ kind: "internal", delivered: "never" });
    expect(String(error)).not.toContain("hunter2");
    expect([started, warnings]).toEqual([0, ["a schema threw"]]);
  },
);
