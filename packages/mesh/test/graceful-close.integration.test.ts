import { expect, test } from "vitest";

import { isRpcError } from "../src/index.ts";
import { MeshWorld, once, SteadyCalls, who } from "./mesh-world.ts";

test("a primary that closes is left without a retry, a move or an error", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast({ workMs: 20 });
  const calls = new SteadyCalls(world, caller);
  await world.sim.runFor(500);
  const closedAt = world.sim.now;
  await world.act(primary, () => primary.mesh.close());
  await world.sim.runFor(500);
  await calls.stop();
  expect(calls.errors).toEqual([]);
  expect(new Set(calls.answersBetween(0, closedAt))).toEqual(new Set(["primary"]));
  expect(new Set(calls.answersBetween(closedAt + 20, Infinity))).toEqual(new Set(["standby"]));
  expect(caller.calls.map(({ moves, retries }) => moves + retries)).not.toContain(1);
  expect(calls.worstMs).toBeLessThan(50);
});

test("a call in progress is answered by the provider that closes, however long it takes", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast({ workMs: 2_000 });
  const answer = world.sim.run(caller.node, () => caller.mesh.callService(once, null));
  await world.sim.runFor(100);
  const closed = world.sim.run(primary.node, () => primary.mesh.close());
  expect(await world.sim.settle(answer)).toBe("primary");
  await world.sim.settle(closed);
});

test("a node that said goodbye has no route, and is not waited for", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast();
  await world.act(primary, () => primary.mesh.close());
  const from = world.sim.now;
  const { nodeId } = primary.mesh;
  const error = await world.failure(caller, () =>
    caller.mesh.callNode(nodeId, who, null, { deadlineMs: 1_000 }),
  );
  expect(isRpcError(error, "no-route") && error.delivered).toBe("never");
  expect(world.sim.now - from).toBeLessThan(100);
});

test("closing leaves no timer, session or stream, in whatever order nodes close", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const world = new MeshWorld(seed, { jitterMs: 10, lossRate: 0.1, duplicateRate: 0.1 });
    const stations = Object.values(await world.cast());
    await Promise.all(stations.map((at) => world.act(at, () => at.mesh.close())));
    await world.sim.runFor(1_000);
    for (const { node, mesh } of stations) {
      const { sessions, peers, streams } = mesh.stats().transport;
      expect([node.pendingTimers, sessions, peers, streams]).toEqual([0, 0, 0, 0]);
    }
  }
});

test("everything rejects after closing", async () => {
  const world = new MeshWorld();
  const { caller } = await world.cast();
  await world.act(caller, () => caller.mesh.close());
  await world.act(caller, () => caller.mesh.close());
  const error = await world.failure(caller, () => caller.mesh.callService(who, null));
  expect(error).toMatchObject({ kind: "closed" });
  expect(() => caller.mesh.serve("late", () => null)).toThrow("[closed]");
});

test("a call that waits for a provider ends when its own node closes", async () => {
  const world = new MeshWorld();
  const lonely = await world.start("lonely");
  const waiting = world.beginFailure(lonely, () =>
    lonely.mesh.callService(who, null, { retry: true, deadlineMs: 30_000 }),
  );
  await world.act(lonely, () => lonely.mesh.close());
  const closedAt = world.sim.now;
  expect(await world.sim.settle(waiting)).toMatchObject({ kind: "closed" });
  expect(world.sim.now - closedAt).toBeLessThan(100);
  expect(lonely.node.pendingTimers).toBe(0);
});
