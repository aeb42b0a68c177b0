import { createSimulation, type Simulation } from "@selvage/testing";
import type { DatagramDriver } from "@selvage/transport";
import { expect, test } from "vitest";

import { Links } from "../src/world/links.ts";

const there = { from: "a", to: "b" };
const back = { from: "b", to: "a" };

interface World {
  readonly sim: Simulation;
  readonly links: Links;
  /** How many of some datagrams arrive, from a to b and back. */
  passes(bytes?: number): Promise<readonly [number, number]>;
}

function world(): World {
  const sim = createSimulation({ seed: 1 });
  const open = (name: string): DatagramDriver => sim.node(name).bind({ port: 7_000 });
  const [a, b] = [open("a"), open("b")];
  let [thereCount, backCount] = [0, 0];
  b.listen({ onDatagram: () => void thereCount++, onError: () => {} });
  a.listen({ onDatagram: () => void backCount++, onError: () => {} });
  const passes = async (bytes = 100): Promise<readonly [number, number]> => {
    [thereCount, backCount] = [0, 0];
    for (let n = 0; n < 10; n++) {
      a.send(new Uint8Array(bytes), b.address);
      b.send(new Uint8Array(bytes), a.address);
    }
    await sim.runFor(100);
    return [thereCount, backCount];
  };
  return { sim, links: new Links(sim, { latencyMs: 1 }), passes };
}

test("a direction is open again when the last of several partitions is over", async () => {
  const { links, passes } = world();
  links.block(there);
  links.block(there);
  links.block(back);
  expect(await passes()).toEqual([0, 0]);
  links.unblock(there);
  links.unblock(back);
  expect(await passes()).toEqual([0, 10]);
  expect([links.isOpen(there), links.isOpen(back), links.isGood("a", "b")]).toEqual([
    false,
    true,
    false,
  ]);
  links.unblock(there);
  expect(await passes()).toEqual([10, 10]);
  expect(links.isGood("b", "a")).toBe(true);
});

test("of several troubles the worst counts, and afterwards the link is its own again", async () => {
  const { links, passes } = world();
  links.setOwn(there, { mtuBytes: 1_400 });
  expect(await passes(1_472)).toEqual([0, 10]);
  const narrow = { mtuBytes: 1_200 };
  const dead = { lossRate: 1 };
  links.worsen(there, narrow);
  links.worsen(there, dead);
  expect(await passes(1_200)).toEqual([0, 10]);
  links.relieve(there, dead);
  expect([await passes(1_201), await passes(1_200)]).toEqual([
    [0, 10],
    [10, 10],
  ]);
  links.relieve(there, narrow);
  expect([await passes(1_400), await passes(1_401)]).toEqual([
    [10, 10],
    [0, 10],
  ]);
});

test("a link is good since its last change, in whichever direction that was", async () => {
  const { sim, links } = world();
  await sim.runFor(1_000);
  expect(links.isGoodSince("a", "b", 0)).toBe(true);
  links.block(back);
  await sim.runFor(500);
  links.unblock(back);
  expect(links.isGoodSince("a", "b", 1_499)).toBe(false);
  expect(links.isGoodSince("a", "b", 1_500)).toBe(true);
});
