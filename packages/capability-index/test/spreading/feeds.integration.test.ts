import { expect, test } from "vitest";

import { SpreadWorld, tagsOf } from "./world.ts";

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "two nodes that open feeds to each other at once keep one (seed %i)",
  async (seed) => {
    const world = new SpreadWorld(seed, { jitterMs: 5 });
    const [a, b] = [world.start("a"), world.start("b")];
    await Promise.all([world.join(a, b), world.join(b, a)]);
    await world.untilAgreed([a, b], 2);
    await world.sim.runFor(3_000);
    expect([a, b].map(({ announcer }) => announcer.stats().neighbours)).toEqual([1, 1]);
    const streams = [a, b].map(({ transport }) => transport.stats().streams);
    expect(streams).toEqual([1, 1]);
    await world.announce(a, ["from-a"]);
    await world.announce(b, ["from-b"]);
    await world.sim.runFor(100);
    expect([tagsOf(b, a), tagsOf(a, b)]).toEqual([["from-a"], ["from-b"]]);
  },
);

test("a feed is opened anew after an hour, and nobody notices", async () => {
  const world = new SpreadWorld();
  const [a, b] = await world.mesh(2);
  if (a === undefined || b === undefined) throw new Error("too few");
  for (let minute = 0; minute < 62; minute += 2) {
    await world.announce(a, [`minute-${minute}`]);
    await world.sim.runFor(120_000);
    expect(tagsOf(b, a)).toEqual([`minute-${minute}`]);
  }
  expect([a, b].map(({ announcer }) => announcer.stats().neighbours)).toEqual([1, 1]);
  // The first by whoever opened it, the second an hour later.
  expect(a.announcer.stats().syncs + b.announcer.stats().syncs).toBeGreaterThanOrEqual(2);
});

test("neighbours whose tables agree say no more than that", async () => {
  const world = new SpreadWorld();
  const stations = await world.mesh(6);
  await world.sim.runFor(10_000);
  const syncs = stations.map(({ announcer }) => announcer.stats().syncs);
  await world.sim.runFor(60_000);
  expect(stations.map(({ announcer }) => announcer.stats().syncs)).toEqual(syncs);
});
