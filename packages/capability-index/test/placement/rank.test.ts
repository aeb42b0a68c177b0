import type { NodeId } from "@selvage/core";
import { expect, test } from "vitest";

import {
  CapabilitySet,
  type PlacementFilter,
  rankPlacements,
  StandardPlacement,
} from "../../src/index.ts";
import { daemon, nodeId } from "./placement-fixtures.ts";

const artifact = daemon();
const equal: PlacementFilter = { placementScore: () => 0.5 };
const three = [nodeId(3), nodeId(1), nodeId(2)];

const order = (...args: Parameters<typeof rankPlacements>) =>
  rankPlacements(...args).placements.map(({ nodeId }) => Number.parseInt(nodeId, 16));

function byNode<T>(values: Readonly<Record<number, T>>): (id: NodeId) => T | undefined {
  return (id) => values[Number.parseInt(id, 16)];
}

test("the best score is first, whatever else there is", () => {
  const scores = byNode({ 1: 0.1, 2: 0.9, 3: 0.5 });
  const filter: PlacementFilter = { placementScore: scores };
  expect(order(three, artifact, filter, { rttMs: byNode({ 1: 1 }) })).toEqual([2, 3, 1]);
});

test("of equals the nearer one is first, and any that was measured before others", () => {
  expect(order(three, artifact, equal, { rttMs: byNode({ 2: 30, 3: 10 }) })).toEqual([3, 2, 1]);
  const rttMs = byNode({ 1: Number.NaN, 2: Infinity, 3: 500 });
  expect(order(three, artifact, equal, { rttMs })).toEqual([3, 1, 2]);
});

test("of equals as near the one with more left is first, then the lower id", () => {
  const rttMs = () => 5;
  const freeResource = byNode({ 2: 7, 3: 7 });
  expect(order(three, artifact, equal, { rttMs, freeResource })).toEqual([2, 3, 1]);
  expect(order(three, artifact, equal)).toEqual([1, 2, 3]);
  const unknown = byNode({ 1: Number.NaN, 2: -1 });
  expect(order(three, artifact, equal, { freeResource: unknown })).toEqual([1, 3, 2]);
});

test("vetoed nodes are told apart, those with what is no score among them", () => {
  const filter: PlacementFilter = {
    placementScore: byNode({ 1: Number.NaN, 2: Infinity, 4: -3, 5: 7 }),
  };
  const candidates = [5, 4, 3, 2, 1].map(nodeId);
  const { placements, vetoed } = rankPlacements(candidates, artifact, filter);
  expect(placements.map(({ score }) => score)).toEqual([1, 0]);
  expect(vetoed).toEqual([1, 2, 3].map((n) => ({ nodeId: nodeId(n), veto: "filter" })));
});

test("a candidate that comes twice is judged once", () => {
  expect(order([nodeId(1), nodeId(1)], artifact, equal)).toEqual([1]);
});

test("a ranking tells what spoke for each node, and against", () => {
  const { empty } = CapabilitySet;
  const targets = new Map([
    [nodeId(1), { capabilities: empty.withTags("hardware.gpu", "hardware.memory_gb=16") }],
    [nodeId(2), { capabilities: empty.withTags("hardware.gpu", "hardware.memory_gb=48") }],
    [nodeId(3), { capabilities: empty }],
  ]);
  const filter = new StandardPlacement({ targets }, { resources: "compute" });
  const candidates = [4, 3, 2, 1].map(nodeId);
  const gpu = daemon({ tags: ["hardware.gpu"] });
  expect(rankPlacements(candidates, gpu, filter, { rttMs: byNode({ 1: 3 }) })).toEqual({
    placements: [
      {
        nodeId: nodeId(2),
        score: 0.75,
        axes: [{ axis: "resource", score: 0.75 }],
        rttMs: undefined,
        freeResource: 0,
      },
      {
        nodeId: nodeId(1),
        score: 0.5,
        axes: [{ axis: "resource", score: 0.5 }],
        rttMs: 3,
        freeResource: 0,
      },
    ],
    vetoed: [
      { nodeId: nodeId(3), veto: "required-tags" },
      { nodeId: nodeId(4), veto: "unknown-node" },
    ],
  });
});
