import { describe, expect, test } from "vitest";

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
