import type { NodeId } from "@selvage/core";
import { expect, test } from "vitest";

import { OriginLimiter } from "../../src/spreading/origin-limiter.ts";

const nodeId = (n: number): NodeId => n.toString(16).padStart(32, "0") as NodeId;
const taken = (limiter: OriginLimiter, id: NodeId, times: number): number =>
  Array.from({ length: times }, () => limiter.take(id)).filter(Boolean).length;

test("each node has a rate of its own", () => {
  let now = 0;
  const limiter = new OriginLimiter(() => now);
  expect([taken(limiter, nodeId(1), 100), taken(limiter, nodeId(2), 10)]).toEqual([64, 10]);
  now = 1_000;
  expect([taken(limiter, nodeId(1), 100), taken(limiter, nodeId(2), 100)]).toEqual([16, 64]);
});

test("beyond 4,096 nodes newcomers share one rate, until others have been quiet", () => {
  let now = 0;
  const limiter = new OriginLimiter(() => now);
  for (let n = 0; n < 4_096; n++) limiter.take(nodeId(n));
  expect(taken(limiter, nodeId(5_000), 50) + taken(limiter, nodeId(5_001), 50)).toBe(64);
  limiter.expire();
  expect(limiter.take(nodeId(5_002))).toBe(false);
  now = 10_000;
  limiter.expire();
  expect([taken(limiter, nodeId(5_003), 100), taken(limiter, nodeId(5_004), 100)]).toEqual([
    64, 64,
  ]);
});
