import { type NodeId, toHex } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import { seededEntropy } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { Ranking } from "../../src/spreading/ranking.ts";

const crypto = nodeProvider();

function nodes(count: number, seed: number): { readonly nodeId: NodeId }[] {
  const entropy = seededEntropy(seed);
  return Array.from({ length: count }, () => ({
    nodeId: toHex(entropy.bytes(16)) as NodeId,
  }));
}

test("the first are the same whatever the order, and more of them begin with fewer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(40), (seed, count) => {
      const [own, ...others] = nodes(count + 1, seed);
      if (own === undefined) return;
      const ranking = new Ranking(own.nodeId, crypto);
      const first = ranking.first(others, 8);
      expect(ranking.first(others.toReversed(), 8)).toEqual(first);
      expect(first.slice(0, 4)).toEqual(ranking.first(others, 4));
      expect(first.length).toBe(Math.min(8, count));
    }),
    { numRuns: 30 },
  );
});

test("if each of a hundred chooses four, all are connected, and few are chosen by many", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const all = nodes(100, seed);
    const edges = new Map(all.map(({ nodeId }) => [nodeId, new Set<NodeId>()]));
    for (const { nodeId } of all) {
      const others = all.filter((other) => other.nodeId !== nodeId);
      for (const chosen of new Ranking(nodeId, crypto).first(others, 4)) {
        edges.get(nodeId)?.add(chosen.nodeId);
        edges.get(chosen.nodeId)?.add(nodeId);
      }
    }
    const reached = new Set<NodeId>();
    const queue = all.slice(0, 1).map(({ nodeId }) => nodeId);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      queue.push(...(edges.get(next) ?? []));
    }
    const degrees = Array.from(edges.values(), ({ size }) => size);
    expect(reached.size).toBe(100);
    expect(Math.max(...degrees)).toBeLessThanOrEqual(20);
  }
});
