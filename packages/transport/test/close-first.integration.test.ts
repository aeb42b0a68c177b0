import { expect, test } from "vitest";

import { PacketType } from "../src/packet/header.ts";
import { TransportWorld } from "./world.ts";

test("a peer whose first word is CLOSE was never connected, and is told so at once", async () => {
  const world = new TransportWorld(3, { latencyMs: 5 });
  const [a, b] = [world.start("a"), world.start("b")];
  // Of what the responder says, its CLOSE is the first to arrive.
  let lost = true;
  world.sim.network.tap(({ from, datagram }) =>
    lost && from === "b" && datagram[0] === PacketType.data ? "drop" : undefined,
  );
  const connecting = world.begin(a, () => a.transport.connect({ address: b.transport.address }));
  await world.sim.runUntil(() => b.transport.stats().sessions === 1, 100);
  const closing = world.begin(b, () => b.transport.close());
  await world.sim.runUntil(() => b.transport.stats().sessions === 0, 10_000);
  lost = false;
  await world.sim.runFor(500);
  expect(await world.sim.settle(connecting, 0)).toMatchObject({ kind: "session-lost" });
  await world.sim.settle(closing);
  expect(a.transport.peers()).toEqual([]);
  expect(a.transport.stats()).toMatchObject({ sessions: 0, peers: 0, streams: 0 });
  expect(a.events).toEqual([]);
});
