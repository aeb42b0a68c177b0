import { expect, test } from "vitest";

import { MeshWorld, once, type Station } from "./mesh-world.ts";

/** A primary that runs two calls at once and no more, a standby with room, and a caller. */
async function narrowPrimary(
  world: MeshWorld,
): Promise<{ readonly primary: Station; readonly standby: Station; readonly caller: Station }> {
  const standby = await world.start("standby");
  const primary = await world.start("primary", ["standby"]);
  const caller = await world.start("caller", ["standby"]);
  await world.serve(primary, once, { maxInFlight: 2, workMs: 200, priority: 0 });
  await world.serve(standby, once, { workMs: 200, priority: 1 });
  await world.sim.runUntil(() => caller.mesh.findProviders("once").length === 2);
  return { primary, standby, caller };
}

test("what is too much for one provider goes to another, without having started", async () => {
  const world = new MeshWorld();
  const { primary, standby, caller } = await narrowPrimary(world);
  await world.act(caller, () =>
    Promise.all(Array.from({ length: 5 }, () => caller.mesh.callService(once, null))),
  );
  const answeredBy = ({ mesh }: Station): number =>
    caller.calls.filter(({ provider }) => provider === mesh.nodeId).length;
  expect([answeredBy(primary), answeredBy(standby)]).toEqual([2, 3]);
  expect([primary.starts.length, standby.starts.length]).toEqual([2, 3]);
  expect(caller.calls.filter(({ moves }) => moves === 1)).toHaveLength(3);
});

test("a provider that had no room is avoided for a while, and then used again", async () => {
  const world = new MeshWorld();
  const { primary, standby, caller } = await narrowPrimary(world);
  const call = (): Promise<unknown> => caller.mesh.callService(once, null);
  await world.act(caller, () => Promise.all([call(), call(), call()]));
  expect(await world.act(caller, call)).toBe("standby");
  expect(standby.starts).toHaveLength(2);
  await world.sim.runFor(15_000);
  expect(await world.act(caller, call)).toBe("primary");
  expect(primary.starts).toHaveLength(3);
});

test("a pinned call is told that there is no room, and that it did not start", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await narrowPrimary(world);
  const call = (): Promise<unknown> => caller.mesh.callNode(primary.mesh.nodeId, once, null);
  const running = world.sim.run(caller.node, () => Promise.all([call(), call()]));
  await world.sim.runFor(50);
  expect(await world.failure(caller, call)).toMatchObject({
    kind: "backpressure",
    delivered: "never",
    retryable: true,
  });
  expect(await world.sim.settle(running)).toEqual(["primary", "primary"]);
  expect(primary.starts).toHaveLength(2);
});
