import { nodeProvider } from "@selvage/identity";
import { expect, test } from "vitest";

import { measureScaling } from "../src/scaling/measure.ts";

test("what a mesh costs is measured in virtual time, the same each time", async () => {
  const figures = await measureScaling(12, nodeProvider(), 10_000);
  expect(figures.nodes).toBe(12);
  expect(figures.newsMs).toBeGreaterThan(0);
  expect(figures.newsMs).toBeLessThan(200);
  expect(figures.bytesPerNodeMinute).toBeGreaterThan(1_000);
  expect(figures.sessionsPerNode).toBeGreaterThan(3);
  expect(await measureScaling(12, nodeProvider(), 10_000)).toEqual(figures);
});
