import type { ServiceContract } from "@selvage/nrpc";
import { describe, expect, test } from "vitest";

import { defineService } from "../src/index.ts";
import { MeshWorld, once, who } from "./mesh-world.ts";

describe("a call of a service that is not known to be idempotent", () => {
  test.each(["kill", "freeze"] as const)(
    "is not moved when its provider is lost by a %s, and says that it may have run",
    async (fault) => {
      const world = new MeshWorld();
      const { primary, standby, caller } = await world.cast({ workMs: 100 });
      const failing = world.beginFailure(caller, () =>
        caller.mesh.callService(once, null, { retry: true, deadlineMs: 3_000 }),
      );
      await world.sim.runFor(50);
      world.sim[fault](primary.node);
      expect(await world.sim.settle(failing)).toMatchObject({
        kind: "timeout",
        delivered: "maybe",
      });
      expect([primary.starts, standby.starts]).toEqual([["once"], []]);
      expect(caller.calls.at(-1)).toMatchObject({ moves: 0, retries: 0 });
    },
  );

  test("moves when the caller says that it may run twice", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast({ workMs: 100 });
    const answer = world.sim.run(caller.node, () =>
      caller.mesh.callService(once, null, { retry: { maybeDelivered: true } }),
    );
    await world.sim.runFor(50);
    world.sim.kill(primary.node);
    expect(await world.sim.settle(answer)).toBe("standby");
  });

  test("moves off a provider that says that it has not started it", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast();
    const full = await world.start("full", ["standby"]);
    await world.serve(full, once, { maxInFlight: 1, workMs: 1_000, weight: 1_000 });
    await world.sim.runUntil(() => caller.mesh.findProviders("once").length === 3);
    const { nodeId } = full.mesh;
    void world.sim.run(caller.node, () => caller.mesh.callNode(nodeId, once, null));
    await world.sim.runUntil(() => full.starts.length === 1);
    const answers: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      answers.push(await world.act(caller, () => caller.mesh.callService(once, null)));
    }
    expect(answers).toEqual(["primary", "primary", "primary"]);
    expect(caller.calls.some(({ moves }) => moves === 1)).toBe(true);
    expect([full.starts.length, primary.starts.length]).toEqual([1, 3]);
  });
});

describe("a pinned call", () => {
  test("never moves, though others could answer", async () => {
    const world = new MeshWorld();
    const { primary, standby, caller } = await world.cast();
    world.sim.kill(primary.node);
    const { nodeId } = primary.mesh;
    const error = await world.failure(caller, () =>
      caller.mesh.callNode(nodeId, who, null, { deadlineMs: 1_000 }),
    );
    expect(error).toMatchObject({ kind: "timeout", provider: nodeId });
    expect(standby.starts).toEqual([]);
  });

  test("ends at its deadline, also when it has to dial first and nobody answers", async () => {
    const world = new MeshWorld();
    const hidden = await world.start("hidden");
    const between = await world.start("between", ["hidden"], { relay: { forward: false } });
    await world.serve(hidden, who);
    await world.sim.runUntil(() => between.mesh.findProviders("who").length === 1);
    const caller = await world.start("caller", ["between"]);
    world.sim.network.partition(caller.node, hidden.node);
    await world.sim.runUntil(() => caller.mesh.findProviders("who").length === 1);
    await world.sim.runFor(500);
    const from = world.sim.now;
    const error = await world.failure(caller, () =>
      caller.mesh.callNode(hidden.mesh.nodeId, who, null, { deadlineMs: 700 }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "never" });
    expect(world.sim.now - from).toBe(700);
  });
});

test("a call whose only provider was killed says that nobody could take it, and soon that nobody is there", async () => {
  const world = new MeshWorld();
  const provider = await world.start("provider");
  await world.serve(provider, who);
  const caller = await world.start("caller", ["provider"]);
  await world.sim.runUntil(() => caller.mesh.findProviders(who).length === 1);
  const call = (): Promise<unknown> => caller.mesh.callService(who, null, { deadlineMs: 700 });
  await world.act(caller, call);
  world.sim.kill(provider.node);
  await world.sim.runFor(3_000);
  const early = await world.failure(caller, call);
  expect(early).toMatchObject({ kind: "timeout", delivered: "never" });
  expect(String(early)).toContain("no provider could take it");
  await world.sim.runFor(12_000);
  expect(await world.failure(caller, call)).toMatchObject({ kind: "no-route", delivered: "never" });
});

describe("what an error says about delivery", () => {
  test("holds for the whole call: an earlier attempt may have run, whatever the last one says", async () => {
    const world = new MeshWorld();
    const caller = await world.start("caller");
    const first = await world.start("first", ["caller"]);
    await world.serve(first, who, { workMs: 1_000, priority: 0 });
    const second = await world.start("second", ["caller"]);
    await world.serve(second, who, { priority: 1, allow: () => false });
    await world.sim.runUntil(() => caller.mesh.findProviders("who").length === 2);
    const failing = world.beginFailure(caller, () =>
      caller.mesh.callService(who, null, { retry: true }),
    );
    await world.sim.runFor(100);
    world.sim.kill(first.node);
    expect(await world.sim.settle(failing)).toMatchObject({ kind: "denied", delivered: "maybe" });
    expect([first.starts, second.starts]).toEqual([["who"], []]);
  });
});

describe("a request that breaks the contract", () => {
  const text: NonNullable<ServiceContract["input"]> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value: unknown) =>
        typeof value === "string" ? { value } : { issues: [{ message: "expected text" }] },
    },
  };
  const typed = defineService({ name: "typed", input: text });

  test("is refused by the provider before its handler runs, whatever the caller checks", async () => {
    const world = new MeshWorld();
    const { primary, caller } = await world.cast();
    await world.serve(primary, typed);
    await world.sim.runUntil(() => caller.mesh.findProviders("typed").length === 1);
    const error = await world.failure(caller, () =>
      caller.mesh.callService(defineService({ name: "typed" }), 42, { retry: true }),
    );
    expect(error).toMatchObject({ kind: "bad-request", delivered: "never" });
    expect(primary.starts).toEqual([]);
  });

  test("does not even leave a caller that knows the contract", async () => {
    const world = new MeshWorld();
    const { caller } = await world.cast();
    await world.sim.runFor(500);
    const sent = caller.mesh.stats().transport.datagramsSent;
    const error = await world.failure(caller, () => caller.mesh.callService(typed, 42));
    expect(error).toMatchObject({ kind: "bad-request", delivered: "never" });
    expect(caller.mesh.stats().transport.datagramsSent).toBe(sent);
  });
});
