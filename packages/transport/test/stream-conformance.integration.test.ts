import { type StreamBench, streamConformance } from "@selvage/testing";
import { expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { type Station, TransportWorld } from "./world.ts";

const KEPT = 5;
const UNSERVED = 6;
const limits = { maxMessageBytes: 1_000_000, streamWindowBytes: 32_768, maxOpenStreams: 32 };

/** Streams that `peer` gives `near`, as they arrive at `far`. */
function bench(world: TransportWorld, near: Station, far: Station, peer: Peer): StreamBench {
  const accepted: MessageStream[] = [];
  far.transport.serve(KEPT, (stream) => void accepted.push(stream));
  const stations = new Set([near, far]);
  return {
    accepted,
    maxMessageBytes: limits.maxMessageBytes,
    windowBytes: limits.streamWindowBytes,
    maxOpenStreams: limits.maxOpenStreams,
    open: () => peer.openStream(KEPT),
    openUnserved: () => peer.openStream(UNSERVED),
    near: (fn) => world.sim.run(near.node, fn),
    far: (fn) => world.sim.run(far.node, fn),
    settle: (pending) => world.sim.settle(pending),
    quiet: () => world.sim.runFor(100),
    until: (condition) => world.sim.runUntil(condition),
    openStreams: () =>
      [...stations].reduce((sum, { transport }) => sum + transport.stats().streams, 0),
    dispose: async () => {
      for (const { transport } of stations) await world.sim.settle(transport.close());
    },
  };
}

async function betweenNodes(): Promise<StreamBench> {
  const world = new TransportWorld();
  const { a, b, peer } = await world.pair({ a: { limits }, b: { limits } });
  return bench(world, a, b, peer);
}

async function withinNode(): Promise<StreamBench> {
  const world = new TransportWorld();
  const node = world.start("only", { limits });
  const peer = await world.act(node, () =>
    node.transport.connect({ nodeId: node.transport.nodeId }),
  );
  return bench(world, node, node, peer);
}

test.each(streamConformance({ setup: betweenNodes }))(
  "between nodes, a stream $name",
  async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  },
);

test.each(streamConformance({ setup: withinNode }))(
  "within a node, a stream $name",
  async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  },
);
