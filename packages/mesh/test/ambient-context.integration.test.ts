import { expect, test } from "vitest";

import { MeshWorld } from "./mesh-world.ts";

test.each([true, false])(
  "with `ambientContext: %s`, what handlers call inherits the deadline accordingly",
  async (ambientContext) => {
    const world = new MeshWorld();
    const end = await world.start("end");
    const middle = await world.start("middle", ["end"], { ambientContext });
    const caller = await world.start("caller", ["middle"]);
    const remaining: number[] = [];
    end.mesh.serve("end", (_, context) => void remaining.push(context.remainingMs()));
    middle.mesh.serve("middle", () => middle.mesh.callService("end", 0));
    await world.sim.runUntil(() => caller.mesh.findProviders("middle").length === 1);
    await world.sim.runUntil(() => middle.mesh.findProviders("end").length === 1);
    await world.act(caller, () => caller.mesh.callService("middle", 0, { deadlineMs: 900 }));
    expect((remaining[0] ?? 0) <= 900).toBe(ambientContext);
    expect(remaining).toHaveLength(1);
  },
);
