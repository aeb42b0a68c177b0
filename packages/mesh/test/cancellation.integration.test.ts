import type { CallContext } from "@selvage/nrpc";
import { describe, expect, test } from "vitest";

import { MeshWorld, once, type Station } from "./mesh-world.ts";

interface Aborted {
  readonly reason: unknown;
  readonly atMs: number;
}

/** A provider whose handler works for ever, or until its signal aborts; and a caller. */
async function patientProvider(world: MeshWorld): Promise<{
  readonly provider: Station;
  readonly caller: Station;
  readonly aborted: Aborted[];
}> {
  const provider = await world.start("provider");
  const caller = await world.start("caller", ["provider"]);
  const aborted: Aborted[] = [];
  const handler = async (_request: unknown, { signal }: CallContext): Promise<null> => {
    provider.starts.push("once");
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    aborted.push({ reason: signal.reason, atMs: world.sim.now });
    return null;
  };
  await world.sim.run(provider.node, () => void provider.mesh.serve(once, handler));
  await world.sim.runUntil(() => caller.mesh.findProviders("once").length === 1);
  return { provider, caller, aborted };
}

describe("a handler's signal", () => {
  test("aborts when the caller loses interest, one way's time later", async () => {
    const world = new MeshWorld();
    const { provider, caller, aborted } = await patientProvider(world);
    const interest = new AbortController();
    const failing = world.beginFailure(caller, () =>
      caller.mesh.callService(once, null, { signal: interest.signal }),
    );
    await world.sim.runUntil(() => provider.starts.length === 1);
    const from = world.sim.now;
    const reason = new Error("never mind");
    await world.sim.run(caller.node, () => interest.abort(reason));
    expect(await world.sim.settle(failing)).toBe(reason);
    await world.sim.runUntil(() => aborted.length === 1, 100);
    expect((aborted[0]?.atMs ?? Infinity) - from).toBeLessThan(10);
    await world.sim.runFor(100);
    expect(provider.mesh.stats().inFlight).toBe(0);
  });

  test("aborts when the deadline passes, also while the caller is out of reach", async () => {
    const world = new MeshWorld();
    const { provider, caller, aborted } = await patientProvider(world);
    const failing = world.beginFailure(caller, () =>
      caller.mesh.callService(once, null, { deadlineMs: 1_000 }),
    );
    await world.sim.runUntil(() => provider.starts.length === 1);
    world.sim.network.partition(caller.node, provider.node);
    expect(await world.sim.settle(failing)).toMatchObject({ kind: "timeout", delivered: "maybe" });
    await world.sim.runUntil(() => aborted.length === 1, 100);
    expect(aborted[0]?.reason).toMatchObject({ kind: "timeout" });
  });

  test("aborts when the caller's process is gone for good", async () => {
    const world = new MeshWorld();
    const { provider, caller, aborted } = await patientProvider(world);
    void world.beginFailure(caller, () => caller.mesh.callService(once, null)).catch(() => {});
    await world.sim.runUntil(() => provider.starts.length === 1);
    world.sim.kill(caller.node);
    await world.sim.runUntil(() => aborted.length === 1, 15_000);
    expect(provider.mesh.stats().inFlight).toBe(0);
  });

  test("aborts at once when the caller comes back as another process", async () => {
    const world = new MeshWorld();
    const { provider, caller, aborted } = await patientProvider(world);
    void world.beginFailure(caller, () => caller.mesh.callService(once, null)).catch(() => {});
    await world.sim.runUntil(() => provider.starts.length === 1);
    await world.start(world.sim.restart(caller.node), ["provider"]);
    await world.sim.runFor(500);
    expect(aborted).toHaveLength(1);
  });
});

test("a call that is cancelled before it starts reaches nobody", async () => {
  const world = new MeshWorld();
  const { provider, caller } = await patientProvider(world);
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  const error = await world.failure(caller, () => caller.mesh.callService(once, null, { signal }));
  await world.sim.runFor(100);
  expect(error).toBe(reason);
  expect(provider.starts).toEqual([]);
});

test("a thawed provider does not start what was cancelled or expired while it was frozen", async () => {
  const world = new MeshWorld();
  const { provider, caller } = await patientProvider(world);
  world.sim.freeze(provider.node);
  const error = await world.failure(caller, () =>
    caller.mesh.callService(once, null, { deadlineMs: 800 }),
  );
  expect(error).toMatchObject({ kind: "timeout", delivered: "maybe" });
  await world.sim.runFor(200);
  world.sim.thaw(provider.node);
  await world.sim.runFor(1_000);
  expect(provider.starts).toEqual([]);
});
