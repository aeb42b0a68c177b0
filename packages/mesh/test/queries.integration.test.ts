import { expect, test } from "vitest";

import { CapabilitySet, type CapabilityWatchEvent, SubnetPolicy, where } from "../src/index.ts";
import { MeshWorld, type Station } from "./mesh-world.ts";

const gpu = (vramGb: number, ...tags: readonly string[]): CapabilitySet =>
  CapabilitySet.empty.withHardware({ gpus: [{ vendor: "nvidia", vramGb }] }).withTags(...tags);

/** A hub, and two nodes with GPUs that know each other by it. */
async function createWorld() {
  const world = new MeshWorld();
  const policy = new SubnetPolicy([{ level: 1, values: { "lan:a": 1, "lan:b": 2 } }]);
  const hub = await world.start("hub", [], { subnets: { policy } });
  const small = await world.start("small", ["hub"], { capabilities: gpu(24, "lan:a") });
  const large = await world.start("large", ["hub"], { capabilities: gpu(80, "lan:b") });
  await world.sim.runUntil(() => hub.mesh.findNodes({ filter: { requireGpu: true } }).length === 2);
  return { world, hub, small, large };
}

const ids = (entries: readonly { readonly nodeId: string }[]): string[] =>
  entries.map(({ nodeId }) => nodeId);

test("nodes are found by what they have and for whom they are", async () => {
  const { world, hub, small, large } = await createWorld();
  const find = (query: Parameters<Station["mesh"]["findNodes"]>[0]): string[] =>
    ids(hub.mesh.findNodes(query));
  expect(find({ filter: { minVramGb: 32 } })).toEqual([large.mesh.nodeId]);
  expect(find({ where: where.tag("hardware.gpu.vram_gb").atMost(24) })).toEqual([
    small.mesh.nodeId,
  ]);
  await world.act(hub, () => {
    hub.mesh.announce(CapabilitySet.empty.withTags("lan:a"));
    return Promise.resolve();
  });
  expect(find({ scope: { kind: "sameSubnet" } }).toSorted()).toEqual(
    [hub.mesh.nodeId, small.mesh.nodeId].toSorted(),
  );
});

test("the best node is the one with the most of what is preferred", async () => {
  const { hub, large, small } = await createWorld();
  const { mesh } = hub;
  expect(mesh.findBest({ preferMoreVram: 1 })?.nodeId).toBe(large.mesh.nodeId);
  expect(mesh.findBest({ tags: ["lan:a"], preferMoreVram: 1 })?.nodeId).toBe(small.mesh.nodeId);
  expect(mesh.findBest({ tags: ["lan:c"] })).toBeUndefined();
});

test("a live query tells of nodes that come, are lost and leave, and ends with the mesh", async () => {
  const { world, hub, small, large } = await createWorld();
  const events: CapabilityWatchEvent[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const event of hub.mesh.watch({ filter: { requireGpu: true } })) events.push(event);
    ended = true;
  };
  const reading = world.sim.run(hub.node, read);
  const told = (): string[] =>
    events.map((event) =>
      event.type === "ready" ? "ready" : `${event.type} ${event.entry.nodeId}`,
    );
  await world.sim.runUntil(() => events.length === 3);
  expect(told().at(-1)).toBe("ready");
  expect(told().slice(0, 2).toSorted()).toEqual(
    [small, large].map(({ mesh }) => `added ${mesh.nodeId}`).toSorted(),
  );
  events.length = 0;
  world.sim.kill(small.node);
  await world.sim.runUntil(() => events.length === 1, 60_000);
  expect(told()).toEqual([`removed ${small.mesh.nodeId}`]);
  await world.act(large, () => large.mesh.close());
  await world.sim.runUntil(() => events.length === 2);
  expect(told()[1]).toBe(`removed ${large.mesh.nodeId}`);
  expect(ended).toBe(false);
  await world.act(hub, () => hub.mesh.close());
  await world.sim.settle(reading);
  expect(ended).toBe(true);
});
