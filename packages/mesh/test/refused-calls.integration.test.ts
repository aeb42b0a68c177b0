import { expect, test } from "vitest";

import { MeshWorld, once } from "./mesh-world.ts";

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "a call that a provider has no room for goes to another, also while that one is dialled (seed %i)",
  async (seed) => {
    const world = new MeshWorld(seed, { latencyMs: 5 });
    // The names decide which of the two node ids is the lower one: both cases occur.
    const [fullName, freeName] = [`full-${seed}`, `free-${seed}`];
    const caller = await world.start("caller");
    const full = await world.start(fullName, ["caller"], { relay: { forward: false } });
    const free = await world.start(freeName, [fullName]);
    // The caller knows of the second provider, but has no session with it.
    world.sim.network.partition(caller.node, free.node);
    await world.serve(full, once, { maxInFlight: 1, workMs: 60_000, priority: 0 });
    await world.serve(free, once, { priority: 1 });
    await world.sim.runFor(6_000);
    expect(caller.mesh.peers().map(({ nodeId }) => nodeId)).toEqual([full.mesh.nodeId]);
    void world.beginFailure(caller, () => caller.mesh.callService(once, null));
    await world.sim.runUntil(() => full.starts.length === 1, 1_000);
    world.sim.network.heal();
    const answer = world.act(caller, () =>
      caller.mesh.callService(once, null, { deadlineMs: 5_000 }),
    );
    expect(await answer).toBe(freeName);
    const attempts = caller.calls.at(-1)?.attempts.map(({ provider }) => provider);
    expect(attempts).toEqual([full.mesh.nodeId, free.mesh.nodeId]);
  },
);
