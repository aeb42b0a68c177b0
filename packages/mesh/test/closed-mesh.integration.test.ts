import { expect, test } from "vitest";

import { MeshWorld, who } from "./mesh-world.ts";

test("a closed node refuses everything at once", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast();
  const { mesh } = caller;
  const open = mesh.status();
  await world.act(caller, () => mesh.close());
  const closedAt = world.sim.now;
  const { nodeId, address } = primary.mesh;
  for (const attempt of [
    () => mesh.callService(who, null),
    () => mesh.callService(who, null, { retry: true }),
    () => mesh.callNode(nodeId, who, null),
    () => mesh.connect(address),
  ]) {
    expect(await world.failure(caller, attempt)).toMatchObject({ kind: "closed" });
  }
  expect(() => mesh.serve("late", () => null)).toThrow("[closed]");
  for (const feed of [open, mesh.status()]) {
    const last = await world.act(caller, async () => {
      let events = 0;
      for await (const _ of feed) events++;
      return events;
    });
    expect(last).toBeGreaterThanOrEqual(0);
  }
  expect(world.sim.now - closedAt).toBeLessThan(5);
  expect(caller.node.pendingTimers).toBe(0);
});

test.each([1_000, 12_000])(
  "closing does not wait for streams of a peer that was lost %i ms ago",
  async (ago) => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast({ workMs: 100_000 });
    void world.beginFailure(caller, () =>
      caller.mesh.callNode(primary.mesh.nodeId, who, null, { deadlineMs: Infinity }),
    );
    await world.sim.runUntil(() => primary.starts.length === 1);
    world.sim.network.isolate(primary.node);
    await world.sim.runFor(ago);
    const from = world.sim.now;
    await world.act(caller, () => caller.mesh.close());
    expect(world.sim.now - from).toBeLessThan(2_000);
  },
);
