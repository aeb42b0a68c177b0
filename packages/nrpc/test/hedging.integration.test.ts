import { describe, expect, test } from "vitest";

import { ApplicationError } from "../src/index.ts";
import { mesh, safe, unsafe } from "./provider-mesh.ts";
import { RpcWorld } from "./rpc-world.ts";

describe("hedging", () => {
  test("races another provider after the delay; the loser is cancelled", async () => {
    const { world, caller, takes, providers, starts } = await mesh(2);
    takes.set("p0", 5_000);
    takes.set("p1", 5_000);
    // Whoever is asked second answers at once.
    const before = world.sim.now;
    const call = world.begin(caller, () =>
      caller.client.callService(safe, 0, { hedge: { delayMs: 60 } }),
    );
    await world.sim.runFor(30);
    const slow = providers.find(({ server }) => server.inFlight > 0)!;
    const quick = providers.find(({ name }) => name !== slow.name)!;
    takes.set(quick.name, 10);
    expect(await world.sim.settle(call)).toBe(quick.name);
    expect(world.sim.now - before).toBeLessThan(60 + 25 + 10 + 10);
    await world.sim.runFor(20);
    expect(slow.server.inFlight).toBe(0);
    expect([...starts.values()]).toEqual([1, 1]);
    expect(caller.calls.at(-1)).toMatchObject({ outcome: "ok", hedges: 1, provider: quick.nodeId });
  });

  test("starts nothing beside a quick answer", async () => {
    const { world, caller, starts } = await mesh(2);
    await world.act(caller, () => caller.client.callService(safe, 0, { hedge: true }));
    await world.sim.runFor(500);
    expect(starts.size).toBe(1);
  });

  test("never races what is not declared safe", async () => {
    const { world, caller, takes, providers, starts } = await mesh(2);
    for (const { name } of providers) takes.set(name, 400);
    await world.act(caller, () => caller.client.callService(unsafe, 0, { hedge: { delayMs: 10 } }));
    expect(starts.size).toBe(1);
    await world.act(caller, () =>
      caller.client.callService(unsafe, 0, {
        hedge: { delayMs: 10 },
        retry: { maybeDelivered: true },
      }),
    );
    expect(caller.calls.at(-1)?.hedges).toBe(1);
  });

  test("stops for lack of budget: five in a row, then one per ten answers", async () => {
    const { world, caller, takes, providers } = await mesh(2);
    for (const { name } of providers) takes.set(name, 100);
    const options = { hedge: { delayMs: 10 } };
    for (let i = 0; i < 30; i++) {
      await world.act(caller, () => caller.client.callService(safe, 0, options));
    }
    const hedges = caller.calls.map((call) => call.hedges);
    expect(hedges.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    // What thirty answers give back is worth three more.
    expect(hedges.reduce((sum, own) => sum + own, 0)).toBe(8);
  });

  test("ends with what a handler says: no other is asked for the same, nor waited for", async () => {
    const world = new RpcWorld();
    const [caller, one, other] = [world.start("caller"), world.start("one"), world.start("other")];
    let started = 0;
    for (const { server, node } of [one, other]) {
      server.serve(safe, async () => {
        // The first takes longer than the hedge's delay, the second for ever.
        await node.clock.sleep(started++ === 0 ? 100 : 20_000);
        throw new ApplicationError("unknown", "no such customer");
      });
    }
    await world.connect(caller, one, other);
    await world.sim.runFor(2_000);
    const ask = async (delayMs: number): Promise<number> => {
      started = 0;
      const before = world.sim.now;
      const error = await world.try(caller, () =>
        caller.client.callService(safe, 0, { hedge: { delayMs } }),
      );
      expect(error).toMatchObject({ kind: "application", code: "unknown", delivered: "maybe" });
      expect(world.sim.now - before).toBeLessThan(150);
      return started;
    };
    expect([await ask(500), await ask(50)]).toEqual([1, 2]);
  });

  test("spends of one budget, whatever else is called meanwhile", async () => {
    const { world, caller, takes, providers } = await mesh(2);
    for (const { name } of providers) takes.set(name, 100);
    for (let i = 0; i < 20; i++) {
      const plain = world.begin(caller, () => caller.client.callService(safe, 0));
      await world.sim.runFor(50);
      await world.act(caller, () =>
        caller.client.callService(safe, 0, { hedge: { delayMs: 80 }, retry: true }),
      );
      await world.sim.settle(plain);
    }
    const hedges = caller.calls.reduce((sum, call) => sum + call.hedges, 0);
    // Five, and what forty answers give back.
    expect(hedges).toBeLessThanOrEqual(9);
  });

  test("fails when all fail", async () => {
    const world = new RpcWorld();
    const [caller, one, other] = [world.start("caller"), world.start("one"), world.start("other")];
    for (const { server } of [one, other]) {
      server.serve(safe, () => {
        throw new Error("broken");
      });
    }
    await world.connect(caller, one, other);
    await world.sim.runFor(2_000);
    const error = await world.try(caller, () =>
      caller.client.callService(safe, 0, { hedge: { delayMs: 10 } }),
    );
    expect(error).toMatchObject({ kind: "internal", delivered: "maybe" });
  });
});
