import { describe, expect, test } from "vitest";

import {
  type CallContext,
  defineService,
  type ServiceCallOptions,
  type ServiceContract,
} from "../src/index.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";

const pay = defineService({ name: "pay" });

/** A primary and a standby that serve what may not run twice, and what started where. */
async function bench(contract: ServiceContract = pay): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly primary: RpcNode;
  readonly standby: RpcNode;
  readonly started: string[];
  readonly serve: (node: RpcNode, priority: number) => void;
  readonly call: (options?: ServiceCallOptions) => Promise<unknown>;
}> {
  const world = new RpcWorld();
  const [primary, standby, caller] = [
    world.start("primary"),
    world.start("standby"),
    world.start("caller"),
  ];
  const started: string[] = [];
  const serve = ({ name, node, server }: RpcNode, priority: number): void => {
    server.serve(
      contract,
      async (_: unknown, { signal }: CallContext) => {
        started.push(name);
        await node.clock.sleep(3_000, { signal });
        return name;
      },
      { priority },
    );
  };
  serve(primary, 0);
  serve(standby, 1);
  await world.connect(caller, primary, standby);
  await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:pay"] }).length === 2);
  const call = (options: ServiceCallOptions = {}): Promise<unknown> =>
    world.begin(caller, () =>
      caller.client.callService(contract, 0, { retry: true, idempotencyKey: "k1", ...options }),
    );
  return { world, caller, primary, standby, started, serve, call };
}

describe("a call with a key that may not run twice", () => {
  test("is asked for again where it runs, after an attempt took too long", async () => {
    const { world, call, started, caller } = await bench();
    const options = { attemptTimeoutMs: 1_200, retry: { maxAttempts: 5 } };
    expect(await world.sim.settle(call(options))).toBe("primary");
    expect(started).toEqual(["primary"]);
    expect(caller.calls).toMatchObject([{ outcome: "ok", moves: 0, retries: 2 }]);
  });

  test("fails as before without a key, without retry, or if repeats are forbidden", async () => {
    for (const options of [
      { idempotencyKey: undefined },
      { retry: false },
      { retry: { maybeDelivered: false } },
    ]) {
      const { world, call, started } = await bench();
      const error = await world.sim.settle(call({ attemptTimeoutMs: 1_200, ...options }));
      expect(error).toMatchObject({ kind: "timeout", delivered: "maybe" });
      expect(started).toEqual(["primary"]);
    }
  });

  test("gets its answer after the connection was lost and is back", async () => {
    const { world, call, started, primary, caller } = await bench();
    const answer = call({ deadlineMs: 60_000 });
    await world.sim.runFor(500);
    world.sim.network.partition(caller.node, primary.node);
    await world.sim.runFor(15_000);
    expect(started).toEqual(["primary"]);
    world.sim.network.heal();
    expect(await world.sim.settle(answer, 60_000)).toBe("primary");
    expect(started).toEqual(["primary"]);
  });

  test("does not move to another provider while it may be running, nor to another life", async () => {
    const { world, call, started, primary, caller, serve } = await bench();
    const answer = call({ deadlineMs: 60_000 });
    await world.sim.runFor(500);
    world.sim.kill(primary.node);
    await world.sim.runFor(2_000);
    const next = world.start(world.sim.restart(primary.node));
    serve(next, 0);
    await world.connect(caller, next);
    const error = await world.sim.settle(answer, 60_000);
    expect(error).toMatchObject({ kind: "unavailable", delivered: "maybe" });
    expect(String(error)).toContain("was restarted since it may have started");
    expect(started).toEqual(["primary"]);
    expect(world.sim.now).toBeLessThan(20_000);
  });

  test("moves on as ever if it certainly did not start", async () => {
    const { world, call, started, primary } = await bench();
    await world.act(primary, () => primary.server.close());
    expect(await world.sim.settle(call())).toBe("standby");
    expect(started).toEqual(["standby"]);
  });

  test("that is declared idempotent moves on all the same", async () => {
    const safe = defineService({ name: "pay", idempotent: true });
    const { world, call, started } = await bench(safe);
    const options = { attemptTimeoutMs: 1_200, retry: { maxAttempts: 2 } };
    expect(await world.sim.settle(call(options))).toMatchObject({ kind: "timeout" });
    expect(started).toEqual(["primary", "standby"]);
  });
});
