import { expect, test } from "vitest";

import { MeshWorld, who } from "./mesh-world.ts";

test("a provider that failed stays hidden after its session is forgotten, until it is back", async () => {
  const world = new MeshWorld(19);
  const caller = await world.start("caller");
  const provider = await world.start("provider", ["caller"]);
  await world.serve(provider, who);
  const found = (): number => caller.mesh.findProviders("who").length;
  await world.sim.runUntil(() => found() === 1);
  const lostAt = world.sim.now;
  world.sim.network.isolate(provider.node);
  await world.sim.runUntil(() => found() === 0, 15_000);
  while (world.sim.now < lostAt + 200_000) {
    await world.sim.runFor(1_000);
    expect([found(), world.sim.now]).toEqual([0, world.sim.now]);
  }
  expect(caller.mesh.peers()).toEqual([]);
  world.sim.network.heal();
  await world.sim.runUntil(() => found() === 1, 40_000);
  expect(await world.act(caller, () => caller.mesh.callService(who, null))).toBe("provider");
});

test("a provider that failed and comes back as a new process is found at once", async () => {
  const world = new MeshWorld(19);
  const caller = await world.start("caller");
  const provider = await world.start("provider", ["caller"]);
  await world.serve(provider, who);
  const found = (): number => caller.mesh.findProviders("who").length;
  await world.sim.runUntil(() => found() === 1);
  world.sim.kill(provider.node);
  await world.sim.runFor(100_000);
  expect(found()).toBe(0);
  const again = await world.start(world.sim.restart(provider.node), ["caller"]);
  await world.serve(again, who);
  await world.sim.runUntil(() => found() === 1, 1_000);
  expect(await world.act(caller, () => caller.mesh.callService(who, null))).toBe("provider");
});
