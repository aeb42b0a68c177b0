import type { NodeId } from "@selvage/core";
import { expect, test } from "vitest";

import { CapabilitySet, defineService, type MeshStatus } from "../src/index.ts";
import { identityOf, MeshWorld, type Station, who } from "./mesh-world.ts";

/** What a node's status says of one other node's entry, from now on. */
function watch(at: Station, of: Station): MeshStatus[] {
  const events: MeshStatus[] = [];
  const read = async (): Promise<void> => {
    for await (const event of at.mesh.status()) {
      const isAbout = event.type.startsWith("node-") && "nodeId" in event;
      if (isAbout && event.nodeId === of.mesh.nodeId) events.push(event);
    }
  };
  void read();
  return events;
}

const removals = (events: readonly MeshStatus[]): unknown[] =>
  events.filter(({ type }) => type === "node-removed");

test("nodes that know the same have the same digest, and others have another", async () => {
  const world = new MeshWorld();
  const { primary, standby, caller } = await world.cast();
  const digests = (): string[] =>
    [primary, standby, caller].map(({ mesh }) => mesh.stats().tableDigest);
  await world.sim.runUntil(() => new Set(digests()).size === 1);
  expect(digests()[0]).toMatch(/^[0-9a-f]{16}$/);
  await world.serve(primary, defineService({ name: "news" }));
  await world.sim.runFor(0.1);
  expect(digests()[0]).not.toBe(digests()[1]);
  await world.sim.runUntil(() => new Set(digests()).size === 1);
  const { index, announcements } = caller.mesh.stats();
  expect(index).toMatchObject({ entries: 3, hidden: 0, gone: 0 });
  expect(announcements.accepted).toBeGreaterThanOrEqual(2);
});

test("a node that leaves is removed because it was withdrawn", async () => {
  const world = new MeshWorld();
  const { primary, caller } = await world.cast();
  const events = watch(caller, primary);
  await world.act(primary, () => primary.mesh.close());
  await world.sim.runUntil(() => caller.mesh.findProviders("once").length === 1);
  expect(removals(events)).toMatchObject([{ type: "node-removed", cause: "withdrawn" }]);
  expect(caller.mesh.stats().index.gone).toBe(1);
});

test("a node that died is removed because it expired", async () => {
  const world = new MeshWorld();
  const caller = await world.start("caller");
  const provider = await world.start("provider", ["caller"], { ttlSeconds: 30 });
  await world.sim.runUntil(() => caller.mesh.findNodes().length === 2);
  const events = watch(caller, provider);
  world.sim.kill(provider.node);
  await world.sim.runFor(45_000);
  expect(removals(events)).toMatchObject([{ type: "node-removed", cause: "expired" }]);
});

test("a node that names who may use it is left alone by all others, until it names nobody", async () => {
  const world = new MeshWorld();
  const { primary, standby, caller } = await world.cast();
  const { nodeId } = primary.mesh;
  const allow = (...allowedNodes: readonly NodeId[]): Promise<void> =>
    world.act(primary, () => primary.mesh.announce(CapabilitySet.empty, { allowedNodes }));
  const answers = async (from: Station): Promise<Set<unknown>> => {
    const all = new Set<unknown>();
    for (let i = 0; i < 5; i++) {
      all.add(await world.act(from, () => from.mesh.callService(who, null, { retry: true })));
    }
    return all;
  };
  await allow(standby.mesh.nodeId);
  await world.sim.runFor(100);
  expect(await answers(caller)).toEqual(new Set(["standby"]));
  expect(await answers(standby)).toEqual(new Set(["primary"]));
  // Serving something else does not take it back.
  await world.serve(primary, defineService({ name: "other" }));
  await world.sim.runFor(100);
  expect(await answers(caller)).toEqual(new Set(["standby"]));
  await allow();
  await world.sim.runFor(100);
  expect(await answers(caller)).toEqual(new Set(["primary"]));
  expect(caller.mesh.findNodes().some((entry) => entry.nodeId === nodeId)).toBe(true);
});

test("a second living process with one's identity is told of in the status", async () => {
  const world = new MeshWorld();
  await world.start("hub");
  const far = await world.start("far", ["hub"]);
  const identity = identityOf("shared");
  const one = await world.start("one", ["hub"], { identity });
  const two = await world.start("two", ["far"], { identity });
  const told: MeshStatus[] = [];
  void (async () => {
    for await (const event of one.mesh.status()) told.push(event);
  })();
  const isTold = ({ type }: MeshStatus): boolean => type === "identity-in-use";
  await world.sim.runUntil(() => told.some(isTold), 30_000);
  expect(told.find(isTold)).toMatchObject({ nodeId: two.mesh.nodeId });
  expect(far.mesh.findNodes().map(({ nodeId }) => nodeId)).toContain(one.mesh.nodeId);
});
