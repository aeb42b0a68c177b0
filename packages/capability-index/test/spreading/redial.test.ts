import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import type { Transport } from "@selvage/transport";
import { expect, test } from "vitest";

import { Redial } from "../../src/spreading/redial.ts";

const node = (n: number, addresses: readonly string[] = ["a:1"]) => ({
  nodeId: n.toString(16).padStart(32, "0") as NodeId,
  addresses,
});

/** Dials that fail after so long; what was dialled, in order. */
function bench(ms: number): {
  readonly clock: ManualClock;
  readonly redial: Redial;
  readonly dialled: string[];
} {
  const clock = new ManualClock();
  const dialled: string[] = [];
  const connect: Transport["connect"] = async ({ address, nodeId }) => {
    dialled.push(`${Number.parseInt(nodeId ?? "", 16)} ${address ?? "through others"}`);
    await clock.sleep(ms);
    throw new Error("nobody there");
  };
  return { clock, redial: new Redial({ connect } as Transport, clock), dialled };
}

test("of more nodes than can be dialled at once, each has its turn", async () => {
  const { clock, redial, dialled } = bench(5_000);
  const nodes = Array.from({ length: 40 }, (_, n) => node(n));
  for (let second = 0; second < 30; second++) {
    redial.dialAll(nodes);
    await clock.advance(1_000);
  }
  expect(new Set(dialled).size).toBe(40);
});

test("of many addresses four are tried, and a node without any through others", async () => {
  const { clock, redial, dialled } = bench(10);
  redial.dialAll([node(1, ["a:1", "a:2", "a:3", "a:4", "a:5"]), node(2, [])]);
  await clock.advance(1_000);
  expect(dialled.filter((dial) => dial.startsWith("1 "))).toHaveLength(4);
  expect(dialled).toContain("2 through others");
});

test("a node that cannot be reached is dialled with growing pauses, of 15 s at most", async () => {
  const { clock, redial, dialled } = bench(1);
  for (let tick = 0; tick < 1_200; tick++) {
    redial.dial(node(1));
    await clock.advance(100);
  }
  expect(redial.isFailing(node(1).nodeId)).toBe(true);
  expect(dialled.length).toBeGreaterThanOrEqual(10);
  expect(dialled.length).toBeLessThanOrEqual(16);
  redial.forget(node(1).nodeId);
  expect(redial.isFailing(node(1).nodeId)).toBe(false);
});
