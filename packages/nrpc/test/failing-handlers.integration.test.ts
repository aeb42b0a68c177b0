import { type Logger, silentLogger } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { ApplicationError, defineService, type RpcError } from "../src/index.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";
import { person } from "./schemas.ts";

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
});
