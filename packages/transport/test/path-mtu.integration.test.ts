import { describe, expect, test } from "vitest";

import { askEcho, pattern, same, type Station, text, TransportWorld } from "./world.ts";

/** The largest datagram that each station has received so far. */
function largest(world: TransportWorld, mtu: number): { bytes: number; tooLarge: number } {
  const seen = { bytes: 0, tooLarge: 0 };
  world.sim.network.tap(({ datagram }) => {
    if (datagram.length > mtu) seen.tooLarge++;
    else seen.bytes = Math.max(seen.bytes, datagram.length);
  });
  return seen;
}

const big = (station: Station, world: TransportWorld, peer: Parameters<typeof askEcho>[0]) =>
  world.act(station, async () => same(await askEcho(peer, pattern(1_000_000)), pattern(1_000_000)));

describe("a bulk transfer", () => {
  test.each([
    [1_200, 1_452],
    [1_300, 1_452],
    [1_472, 1_452],
    [4_000, 9_000],
    [65_507, 9_000],
  ])("over links of %i bytes, where %i may be tried, finds what they take", async (mtu, limit) => {
    const world = new TransportWorld(1, { latencyMs: 5, mtuBytes: mtu });
    const limits = { maxDatagramBytes: limit };
    const { a, b, peer } = await world.pair({ a: { limits }, b: { limits } });
    const seen = largest(world, mtu);
    for (let i = 0; i < 4; i++) expect(await big(a, world, peer)).toBe(true);
    const best = Math.min(mtu, limit);
    expect(seen.bytes).toBeGreaterThan(best - 32);
    // Both ends search, three probes for a size, and a size more for each halving.
    expect(seen.tooLarge).toBeLessThanOrEqual(2 * 3 * 9);
    expect([a.events, b.events]).toEqual([["connected"], ["connected"]]);
  });

  test("goes on when the path takes less than before", async () => {
    const world = new TransportWorld(2, { latencyMs: 5, mtuBytes: 9_000 });
    const limits = { maxDatagramBytes: 9_000 };
    const { a, peer } = await world.pair({ a: { limits }, b: { limits } });
    expect(await big(a, world, peer)).toBe(true);
    world.sim.network.linkAll({ mtuBytes: 1_280 });
    expect(await big(a, world, peer)).toBe(true);
    expect(peer.state).toBe("responsive");
  });
});

test("small calls search for nothing", async () => {
  const world = new TransportWorld(3);
  const { a, peer } = await world.pair();
  const seen = largest(world, 65_536);
  for (let i = 0; i < 50; i++) await world.act(a, () => askEcho(peer, text("small")));
  expect(seen.bytes).toBeLessThan(200);
});
