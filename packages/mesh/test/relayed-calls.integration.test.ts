import { describe, expect, test } from "vitest";

import { MeshWorld, type Station, who } from "./mesh-world.ts";

/** A caller and a provider that reach each other only through a third node. */
async function apart(advertise?: readonly string[]): Promise<{
  readonly world: MeshWorld;
  readonly caller: Station;
  readonly between: Station;
  readonly provider: Station;
}> {
  const world = new MeshWorld();
  const between = await world.start("between");
  const provider = await world.start("provider", ["between"], { advertise });
  const caller = await world.start("caller", ["between"]);
  world.sim.network.partition(caller.node, provider.node);
  await world.serve(provider, who);
  await world.sim.runUntil(() => caller.mesh.findProviders("who").length === 1);
  await world.sim.runFor(100);
  return { world, caller, between, provider };
}

describe("a provider that the caller cannot reach", () => {
  test.each([
    ["at the address that it announces", undefined],
    ["because it announces no address", []],
  ])("%s, is called through another node", async (_, advertise) => {
    const { world, caller, between, provider } = await apart(advertise);
    const { nodeId } = provider.mesh;
    expect(await world.act(caller, () => caller.mesh.callService(who, null))).toBe("provider");
    expect(await world.act(caller, () => caller.mesh.callNode(nodeId, who, null))).toBe("provider");
    expect(caller.mesh.peers().find((peer) => peer.nodeId === nodeId)?.isRelayed).toBe(true);
    expect(between.mesh.stats().transport.relay.forwarded).toBeGreaterThan(0);
    expect(between.starts).toEqual([]);
  });
});

test("calls go on when the direct path to their provider is cut", async () => {
  const world = new MeshWorld();
  const between = await world.start("between");
  const provider = await world.start("provider", ["between"]);
  const caller = await world.start("caller", ["between"]);
  await world.serve(provider, who);
  await world.sim.runUntil(() => caller.mesh.findProviders("who").length === 1);
  const call = (): Promise<unknown> =>
    world.act(caller, () => caller.mesh.callService(who, null, { retry: true }));
  expect(await call()).toBe("provider");
  await world.sim.runFor(1_000);
  world.sim.network.partition(caller.node, provider.node);
  const cutAt = world.sim.now;
  expect(await call()).toBe("provider");
  expect(world.sim.now - cutAt).toBeLessThan(1_000);
  expect(between.mesh.stats().transport.relay.forwarded).toBeGreaterThan(0);
});
