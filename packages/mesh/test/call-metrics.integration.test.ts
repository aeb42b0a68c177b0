import type { ServedCallEvent } from "@selvage/nrpc";
import { expect, test } from "vitest";

import { toPrometheus } from "../src/index.ts";
import { MeshWorld, once, who } from "./mesh-world.ts";

test("calls are counted by service where they are made and where they are served", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast({ workMs: 30 });
  const served: ServedCallEvent[] = [];
  primary.mesh.onServed((event) => void served.push(event));
  await world.act(caller, async () => {
    await caller.mesh.callService(who, null);
    await caller.mesh.callService(once, null);
    await caller.mesh.callNode(primary.mesh.nodeId, "nowhere", null).catch(() => {});
  });
  const { made } = caller.mesh.stats().calls;
  expect(
    made.map(({ service, total, inFlight, failed }) => [service, total, inFlight, failed]),
  ).toEqual([
    ["nowhere", 1, 0, { "not-found": 1 }],
    ["once", 1, 0, {}],
    ["who", 1, 0, {}],
  ]);
  const { calls } = primary.mesh.stats();
  expect(calls.made).toEqual([]);
  expect(
    calls.served.map(({ service, total, invocations }) => [service, total, invocations]),
  ).toEqual([
    ["__unknown__", 1, 0],
    ["once", 1, 1],
    ["who", 1, 1],
  ]);
  expect(served.map(({ service, outcome }) => [service, outcome])).toEqual([
    ["who", "ok"],
    ["once", "ok"],
    ["nowhere", "not-found"],
  ]);
  const text = toPrometheus(calls);
  expect(text).toContain('nrpc_handler_duration_seconds_bucket{service="who",le="0.025"} 0\n');
  expect(text).toContain('nrpc_handler_duration_seconds_bucket{service="who",le="0.05"} 1\n');
});

test("calls under way are shown, and none is left when the node closes", async () => {
  const world = new MeshWorld();
  const { primary, standby, caller } = await world.cast({ workMs: 500 });
  const failing = world.beginFailure(caller, () => caller.mesh.callService(once, null));
  await world.sim.runFor(100);
  expect(caller.mesh.stats().calls.made).toMatchObject([{ service: "once", inFlight: 1 }]);
  expect(primary.mesh.stats().calls.served).toMatchObject([{ service: "once", inFlight: 1 }]);
  world.sim.kill(standby.node);
  world.sim.network.partition(caller.node, primary.node);
  await world.act(caller, () => caller.mesh.close(), 60_000);
  await world.sim.settle(failing);
  expect(caller.mesh.stats().calls.made).toMatchObject([{ inFlight: 0, total: 1 }]);
  await world.sim.runFor(60_000);
  expect(primary.mesh.stats().calls.served).toMatchObject([{ inFlight: 0, total: 1 }]);
});
