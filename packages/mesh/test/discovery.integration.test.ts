import { expect, test } from "vitest";

import { MeshWorld, type Station, who } from "./mesh-world.ts";

const providersAt = ({ mesh }: Station): string[] =>
  mesh.findProviders("who").map(({ nodeId }) => nodeId);

test("one live peer is enough to find every provider, and to call those never dialled", async () => {
  const world = new MeshWorld();
  const far = await world.start("far");
  await world.serve(far, who);
  const between = await world.start("between", ["far"]);
  const caller = await world.start("caller", ["gone", "between"], {});
  await world.sim.runUntil(() => providersAt(caller).length === 1);
  expect(providersAt(caller)).toEqual([far.mesh.nodeId]);
  expect(between.starts).toEqual([]);
  expect(await world.act(caller, () => caller.mesh.callService(who, null))).toBe("far");
});

test("a provider that comes later is found by everybody who was there before", async () => {
  const world = new MeshWorld();
  const first = await world.start("first");
  const second = await world.start("second", ["first"]);
  const late = await world.start("late", ["second"]);
  await world.serve(late, who);
  await world.sim.runUntil(() => [first, second].every((at) => providersAt(at).length === 1));
  expect(providersAt(first)).toEqual([late.mesh.nodeId]);
});

test("a service that is withdrawn is found no more, while its node is", async () => {
  const world = new MeshWorld();
  const provider = await world.start("provider");
  const caller = await world.start("caller", ["provider"]);
  const handle = await world.sim.run(provider.node, () => provider.mesh.serve(who, () => "here"));
  await world.sim.runUntil(() => providersAt(caller).length === 1);
  await world.act(provider, () => handle.close());
  await world.sim.runUntil(() => providersAt(caller).length === 0, 100);
  const known = caller.mesh.findNodes().map(({ nodeId }) => nodeId);
  expect(known).toContain(provider.mesh.nodeId);
});

test("nodes that found each other through a third keep each other when that one dies", async () => {
  const world = new MeshWorld();
  const middle = await world.start("middle");
  const provider = await world.start("provider", ["middle"]);
  const caller = await world.start("caller", ["middle"]);
  await world.serve(provider, who);
  await world.sim.runUntil(() => providersAt(caller).length === 1);
  world.sim.kill(middle.node);
  await world.sim.runFor(20_000);
  expect(await world.act(caller, () => caller.mesh.callService(who, null))).toBe("provider");
});

test("a caller that starts after the primary died gets its first answer from the standby", async () => {
  const world = new MeshWorld();
  const { primary } = await world.cast();
  world.sim.kill(primary.node);
  const late = await world.start("late", ["primary", "standby"]);
  const from = world.sim.now;
  const call = (): Promise<unknown> => late.mesh.callService(who, null, { retry: true });
  expect(await world.act(late, call)).toBe("standby");
  expect(world.sim.now - from).toBeLessThan(500);
});

test("two dozen configured peers are dialled for ever, and nothing warns of a leak", async () => {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.name);
  process.on("warning", listen);
  const world = new MeshWorld();
  const names = Array.from({ length: 24 }, (_, i) => `peer-${i}`);
  const hub = await world.start("hub", names);
  await world.sim.runFor(3_000);
  const late = await world.start("peer-23");
  await world.sim.runFor(12_000);
  expect(hub.mesh.peers().map(({ nodeId }) => nodeId)).toEqual([late.mesh.nodeId]);
  await world.act(hub, () => hub.mesh.close());
  expect([hub.node.pendingTimers, warnings]).toEqual([0, []]);
  process.off("warning", listen);
});
