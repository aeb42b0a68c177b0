import { describe, expect, test } from "vitest";

import type { Peer } from "../src/index.ts";
import { Chain } from "./relay-world.ts";
import { askEcho, pattern, same, type Station } from "./world.ts";

/** The same peer as the other end sees it. */
const back = (at: Station, of: Station): Peer => {
  const peer = at.transport.peer(of.transport.nodeId);
  if (peer === undefined) throw new Error("no such peer");
  return peer;
};

describe("two nodes without a direct path", () => {
  test("talk through one that both reach, both ways, byte by byte", async () => {
    const chain = await Chain.of(3);
    const [a, c] = [chain.at(0), chain.at(2)];
    const peer = await chain.relay(a, c);
    expect(peer).toMatchObject({ isRelayed: true, address: `relay:${c.transport.nodeId}` });
    for (let i = 0; i < 100; i++) {
      const message = pattern(37 * i);
      expect(same(await chain.world.act(a, () => askEcho(peer, message)), message)).toBe(true);
    }
    const answer = await chain.world.act(c, () => askEcho(back(c, a), pattern(2_000)));
    expect(answer).toEqual(pattern(2_000));
  });

  test("are told apart from two that nothing connects", async () => {
    const chain = await Chain.of(3);
    const [a, b, c] = [chain.at(0), chain.at(1), chain.at(2)];
    chain.world.sim.network.partition(b.node, c.node);
    await chain.world.sim.runFor(12_000);
    const dial = () => a.transport.connect({ nodeId: c.transport.nodeId });
    expect(await chain.world.failure(a, dial)).toMatchObject({ kind: "no-route", retryable: true });
    expect(await chain.world.failure(a, () => a.transport.connect({}))).toBeInstanceOf(TypeError);
  });
});
