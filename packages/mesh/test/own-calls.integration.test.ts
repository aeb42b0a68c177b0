import { expect, test } from "vitest";

import { MeshWorld, once, who } from "./mesh-world.ts";

test("a node alone answers its own calls, from the moment that it serves", async () => {
  const world = new MeshWorld();
  const only = await world.start("only");
  const { mesh } = only;
  const handle = await world.act(only, () => mesh.serve(who, () => "me"));
  expect(await world.act(only, () => mesh.callService(who, null))).toBe("me");
  expect(await world.act(only, () => mesh.callNode(mesh.nodeId, who, null))).toBe("me");
  expect(mesh.findProviders("who").map(({ nodeId }) => nodeId)).toEqual([mesh.nodeId]);
  const { calls, client, transport } = mesh.stats();
  expect(calls.made).toMatchObject([{ service: "who", total: 2 }]);
  expect(calls.served).toMatchObject([{ service: "who", total: 2, invocations: 2 }]);
  expect(client.providers).toMatchObject([{ service: "who", nodeId: mesh.nodeId, inFlight: 0 }]);
  expect(transport).toMatchObject({ sessions: 0, datagramsSent: 0, streams: 0 });
  await world.act(only, () => handle.close());
  const error = await world.failure(only, () => mesh.callService(who, null));
  expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
});

test("calls that a handler makes of its own node inherit from the one it serves", async () => {
  const world = new MeshWorld();
  const only = await world.start("only", [], { ambientContext: true });
  const { mesh } = only;
  const left: number[] = [];
  await world.act(only, () => {
    mesh.serve(who, async (_, context) => {
      left.push(context.remainingMs());
      await only.node.clock.sleep(100);
      return await mesh.callService(once, null);
    });
    mesh.serve(once, (_, context) => {
      left.push(context.remainingMs());
      return "inner";
    });
  });
  const options = { deadlineMs: 1_000 };
  expect(await world.act(only, () => mesh.callService(who, null, options))).toBe("inner");
  expect(left[0]).toBeLessThanOrEqual(1_000);
  expect(left[1]).toBeLessThanOrEqual(900);
});

test("a provider that calls its own service shares the work with others, and they take over", async () => {
  const world = new MeshWorld();
  const standby = await world.start("standby");
  const primary = await world.start("primary", ["standby"]);
  for (const station of [primary, standby]) await world.serve(station, who);
  await world.sim.runUntil(() => primary.mesh.findProviders("who").length === 2);
  const answers: unknown[] = [];
  for (let i = 0; i < 6; i++) {
    answers.push(await world.act(primary, () => primary.mesh.callService(who, null)));
  }
  expect(answers.filter((name) => name === "primary")).toHaveLength(3);
  world.sim.network.isolate(standby.node);
  for (let i = 0; i < 4; i++) {
    const call = () => primary.mesh.callService(who, null, { retry: true });
    expect(await world.act(primary, call)).toBe("primary");
  }
});

test("a node that closes lets its own calls finish", async () => {
  const world = new MeshWorld();
  const only = await world.start("only");
  await world.serve(only, once, { workMs: 700 });
  const call = world.sim.run(only.node, () => only.mesh.callService(once, null));
  await world.sim.runFor(10);
  const closing = world.sim.run(only.node, () => only.mesh.close());
  expect(await world.sim.settle(call)).toBe("only");
  await world.sim.settle(closing);
  expect(await world.failure(only, () => only.mesh.callService(once, null))).toMatchObject({
    kind: "closed",
  });
  expect(only.node.pendingTimers).toBe(0);
});
