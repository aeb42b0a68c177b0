import { expect, test } from "vitest";

import { RpcWorld } from "./rpc-world.ts";

test("the time that a long request takes to come counts, also if the provider stands still meanwhile", async () => {
  const world = new RpcWorld();
  const provider = world.start("provider");
  const caller = world.start("caller");
  await world.connect(caller, provider);
  let left: number | undefined;
  await world.act(provider, () => {
    provider.server.serve("measure", (_, { remainingMs }) => {
      left = remainingMs();
    });
  });
  world.sim.network.link(caller.name, provider.name, { bandwidthBps: 2_000_000 });
  const request = "x".repeat(50_000);
  const call = (): Promise<unknown> =>
    world.begin(caller, () =>
      caller.client.callNode(provider.nodeId, "measure", request, { deadlineMs: 600 }),
    );
  await world.sim.settle(call());
  // It took a fifth of a second to come, which is not to be had again.
  expect(left).toBeGreaterThan(300);
  expect(left).toBeLessThan(450);
  left = undefined;
  const late = call();
  await world.sim.runFor(100);
  world.sim.freeze(provider.node);
  await world.sim.runFor(900);
  world.sim.thaw(provider.node);
  await world.sim.runFor(1_000);
  expect(await late).toMatchObject({ kind: "timeout" });
  expect(left).toBeUndefined();
});
