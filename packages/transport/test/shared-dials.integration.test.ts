import { describe, expect, test } from "vitest";

import { isTransportError, type Peer } from "../src/index.ts";
import { TransportWorld } from "./world.ts";

describe("two who dial the same node at once", () => {
  test("share one handshake, and the impatient one gives up in its own time", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const b = world.start("b");
    world.sim.network.partition(a.node, b.node);
    const address = b.transport.address;
    const failedAt: Record<string, number> = {};
    const dial = (name: string, timeoutMs: number | undefined): Promise<unknown> =>
      world.begin(a, async () => {
        const error = await a.transport
          .connect({ address }, { timeoutMs })
          .catch((e: unknown) => e);
        failedAt[name] = world.sim.now;
        return error;
      });
    const patient = dial("patient", undefined);
    await world.sim.runFor(100);
    const impatient = dial("impatient", 300);
    const errors = await world.sim.settle(Promise.all([patient, impatient]));
    expect(errors.every((error) => isTransportError(error, "handshake-timeout"))).toBe(true);
    expect(failedAt["impatient"]).toBe(400);
    expect(failedAt["patient"]).toBe(5_000);
    expect(a.node.pendingTimers).toBe(0);
  });

  test("both get the session when the first one was less patient", async () => {
    const world = new TransportWorld();
    const a = world.start("a");
    const b = world.start("b");
    world.sim.network.partition(a.node, b.node);
    const address = b.transport.address;
    const hasty = world.begin(a, () => a.transport.connect({ address }, { timeoutMs: 200 }));
    await world.sim.runFor(100);
    const calm = world.sim.run(a.node, () => a.transport.connect({ address }));
    world.sim.after(900, () => world.sim.network.heal());
    expect(isTransportError(await world.sim.settle(hasty), "handshake-timeout")).toBe(true);
    const peer: Peer = await world.sim.settle(calm);
    expect(peer.nodeId).toBe(b.transport.nodeId);
    expect(world.sim.now).toBeLessThan(2_000);
  });
});
