import { describe, expect, test } from "vitest";

import { MeshWorld, SteadyCalls, type Station, who } from "./mesh-world.ts";

/** No call may take longer, in milliseconds, wherever in its life its provider is lost. */
const WORST_MS = 300;
const SEEDS = [1, 2, 3, 4, 5];

interface Loss {
  readonly name: string;
  lose(world: MeshWorld, caller: Station, primary: Station): void;
}

const losses: readonly Loss[] = [
  { name: "is killed", lose: ({ sim }, _caller, primary) => sim.kill(primary.node) },
  { name: "is frozen", lose: ({ sim }, _caller, primary) => sim.freeze(primary.node) },
  {
    name: "hears nothing any more",
    lose: ({ sim }, caller, primary) =>
      sim.network.partition([caller.node, "standby"], primary.node, { oneWay: true }),
  },
  {
    name: "is heard no more",
    lose: ({ sim }, caller, primary) =>
      sim.network.partition(primary.node, [caller.node, "standby"], { oneWay: true }),
  },
  {
    name: "is cut off",
    lose: ({ sim }, _caller, primary) => sim.network.isolate(primary.node),
  },
];

describe.each(losses)("a primary that $name", ({ lose }) => {
  test.each(SEEDS)(
    `costs nobody an error, and no call more than ${WORST_MS} ms (seed %i)`,
    async (seed) => {
      const world = new MeshWorld(seed, { jitterMs: 2 });
      const { primary, caller } = await world.cast({ workMs: 5 });
      const calls = new SteadyCalls(world, caller, 5);
      await world.sim.runFor(500 + 13 * seed);
      const lostAt = world.sim.now;
      lose(world, caller, primary);
      await world.sim.runFor(3_000);
      await calls.stop();
      expect(calls.errors).toEqual([]);
      expect(calls.worstMs).toBeLessThan(WORST_MS);
      expect(new Set(calls.answersBetween(lostAt + WORST_MS, Infinity))).toEqual(
        new Set(["standby"]),
      );
      const moved = caller.calls.filter(({ moves }) => moves > 0);
      expect(moved.length).toBeGreaterThan(0);
      expect(caller.calls.every(({ retries }) => retries === 0)).toBe(true);
    },
  );
});

describe("a primary that comes back", () => {
  test("is used again some time after it was thawed, and not at once for everything", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast();
    const calls = new SteadyCalls(world, caller);
    world.sim.freeze(primary.node);
    await world.sim.runFor(1_000);
    world.sim.thaw(primary.node);
    const thawedAt = world.sim.now;
    await world.sim.runFor(20_000);
    await calls.stop();
    expect(calls.errors).toEqual([]);
    const share = (from: number, to: number): number => {
      const answers = calls.answersBetween(thawedAt + from, thawedAt + to);
      return answers.filter((answer) => answer === "primary").length / answers.length;
    };
    expect(share(0, 150)).toBe(0);
    expect(share(1_000, 3_000)).toBeGreaterThan(0);
    expect(share(1_000, 3_000)).toBeLessThan(0.5);
    expect(share(15_000, 20_000)).toBe(1);
  });

  test("is met again on the same session when a partition heals", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast();
    const sessionOf = (): unknown =>
      caller.mesh.peers().find(({ nodeId }) => nodeId === primary.mesh.nodeId);
    const before = sessionOf();
    expect(before).toBeDefined();
    world.sim.network.partition(caller.node, primary.node);
    await world.sim.runFor(8_000);
    world.sim.network.heal();
    await world.sim.runFor(1_500);
    expect(sessionOf()).toBe(before);
    expect(before).toMatchObject({ state: "responsive" });
    const { nodeId } = primary.mesh;
    expect(await world.act(caller, () => caller.mesh.callNode(nodeId, who, null))).toBe("primary");
  });

  test("is hidden while it counts as failed, and shown again when the partition heals", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast();
    const found = (): number => caller.mesh.findProviders("who").length;
    world.sim.network.isolate(primary.node);
    await world.sim.runFor(12_000);
    expect(found()).toBe(1);
    world.sim.network.heal();
    await world.sim.runFor(2_000);
    expect(found()).toBe(2);
  });

  test("is known as a new process of the same node after a restart, without a penalty", async () => {
    const world = new MeshWorld();
    const { primary, standby, caller } = await world.cast();
    const calls = new SteadyCalls(world, caller);
    await world.sim.runFor(200);
    const { nodeId } = primary.mesh;
    const bootId = (): string | undefined =>
      caller.mesh.findNodes().find((entry) => entry.nodeId === nodeId)?.bootId;
    const before = bootId();
    world.sim.kill(primary.node);
    await world.sim.runFor(700);
    const again = await world.start(world.sim.restart(primary.node), ["standby"]);
    await world.serve(again, who, { priority: 0 });
    await world.sim.runUntil(() => bootId() !== before, 1_000);
    const backAt = world.sim.now;
    await world.sim.runFor(500);
    await calls.stop();
    expect(again.mesh.nodeId).toBe(nodeId);
    expect(calls.errors).toEqual([]);
    expect(new Set(calls.answersBetween(backAt + 100, Infinity))).toEqual(new Set(["primary"]));
    expect(standby.starts.length).toBeGreaterThan(0);
  });
});

describe("a call that has tried everybody", () => {
  test("goes to whoever is back first, though it failed there before", async () => {
    const world = new MeshWorld();
    const { primary, standby, caller } = await world.cast();
    world.sim.network.isolate(caller.node);
    const answer = world.sim.run(caller.node, () =>
      caller.mesh.callService(who, null, { retry: true, deadlineMs: 20_000 }),
    );
    // Long enough to have given up on both, and to sit on one of them.
    await world.sim.runFor(1_500);
    world.sim.kill(standby.node);
    world.sim.network.heal();
    const healedAt = world.sim.now;
    expect(await world.sim.settle(answer)).toBe("primary");
    expect(world.sim.now - healedAt).toBeLessThan(800);
    expect(primary.starts.length).toBe(1);
  });

  test("waits for a provider to appear, as long as its deadline allows", async () => {
    const world = new MeshWorld();
    const caller = await world.start("caller");
    const answer = world.sim.run(caller.node, () =>
      caller.mesh.callService(who, null, { retry: true, deadlineMs: 10_000 }),
    );
    await world.sim.runFor(3_000);
    const late = await world.start("late", ["caller"]);
    await world.serve(late, who);
    expect(await world.sim.settle(answer)).toBe("late");
    expect(world.sim.now).toBeLessThan(3_500);
  });

  test("fails with no-route, at once, when it may not wait", async () => {
    const world = new MeshWorld();
    const caller = await world.start("caller");
    const error = await world.failure(caller, () => caller.mesh.callService(who, null));
    expect(error).toMatchObject({ kind: "no-route", delivered: "never" });
    expect(world.sim.now).toBe(0);
  });
});
