import { describe, expect, test } from "vitest";

import type { Peer } from "../src/index.ts";
import { askEcho, type Station, text, TransportWorld } from "./world.ts";

const HELD = 2;

/** A node that waits for answers of `waiting` peers, and has `idle` more. */
async function hub(
  waiting: number,
  idle = 0,
): Promise<{
  readonly world: TransportWorld;
  readonly me: Station;
  readonly others: readonly Station[];
  readonly peers: readonly Peer[];
}> {
  const world = new TransportWorld(1);
  const me = world.start("me");
  const others = Array.from({ length: waiting + idle }, (_, i) => world.start(`peer ${i}`));
  const peers: Peer[] = [];
  for (const [i, other] of others.entries()) {
    other.transport.serve(HELD, () => {});
    other.transport.serve(1, (stream) => {
      void stream.receive().then((message) => stream.end(message));
    });
    const peer = await world.connect(me, other);
    peers.push(peer);
    if (i < waiting) {
      await world.act(me, () => peer.openStream(HELD, { watched: true }).send(text("?")));
    }
  }
  await world.sim.runFor(500);
  return { world, me, others, peers };
}

const unresponsive = ({ events }: Station): number =>
  events.filter((type) => type === "unresponsive").length;

describe("when many peers fall silent at once", () => {
  test("the fault is presumed to be ours, and nobody is declared unresponsive", async () => {
    const { world, me, peers } = await hub(3);
    world.sim.network.isolate(me.node);
    await world.sim.runFor(1_500);
    expect(unresponsive(me)).toBe(0);
    expect(peers.map(({ state }) => state)).toEqual(Array(3).fill("responsive"));
    expect(me.transport.stats().ownFaultsPresumed).toBe(1);
    world.sim.network.heal();
    await world.sim.runFor(1_000);
    expect(me.events).toEqual(Array(3).fill("connected"));
  });

  test("so is it when the others are idle and have nothing to say", async () => {
    const { world, me } = await hub(4, 2);
    world.sim.network.isolate(me.node);
    await world.sim.runFor(600);
    expect(unresponsive(me)).toBe(0);
  });

  test("so is it when one of them had died before", async () => {
    const { world, me, others } = await hub(5);
    world.sim.kill(others[0]?.node.name ?? "");
    await world.sim.runFor(3_000);
    expect(unresponsive(me)).toBe(1);
    world.sim.network.isolate(me.node);
    await world.sim.runFor(1_500);
    expect(unresponsive(me)).toBe(1);
  });

  test("but no longer than a verdict may take: then they are unresponsive after all", async () => {
    const { world, me } = await hub(3);
    const at = world.sim.now;
    world.sim.network.isolate(me.node);
    await world.sim.runUntil(() => unresponsive(me) === 3, 5_000);
    expect(world.sim.now - at).toBeGreaterThan(2_000);
    expect(world.sim.now - at).toBeLessThan(2_500);
  });
});

describe("the fault is not ours", () => {
  test("when fewer than three are silent", async () => {
    const { world, me, others } = await hub(2);
    for (const other of others) world.sim.kill(other.node);
    await world.sim.runUntil(() => unresponsive(me) === 2, 400);
    expect(me.transport.stats().ownFaultsPresumed).toBe(0);
  });

  test("when it is not more than half", async () => {
    const { world, me, others } = await hub(3, 3);
    for (const other of others.slice(0, 3)) world.sim.kill(other.node);
    await world.sim.runUntil(() => unresponsive(me) === 3, 400);
    expect(me.transport.stats().ownFaultsPresumed).toBe(0);
  });

  test("when another peer answers meanwhile, however few those are", async () => {
    const { world, me, others, peers } = await hub(4);
    for (const other of others.slice(0, 3)) world.sim.kill(other.node);
    await world.sim.runUntil(() => unresponsive(me) === 3, 400);
    for (const alive of peers.slice(3)) {
      expect(await world.act(me, () => askEcho(alive, text("there?")))).toEqual(text("there?"));
      expect(alive.state).toBe("responsive");
    }
  });
});
