import { expect, test } from "vitest";

import { drawLots } from "../src/suites/transport/lossy-proxy.ts";

function draw(share: number, times: number): boolean[] {
  const isLost = drawLots(share);
  return Array.from({ length: times }, () => isLost());
}

test("about the share asked for is lost, and the same ones each time", () => {
  const lots = draw(0.02, 10_000);
  const lost = lots.filter(Boolean).length;
  expect(lost).toBeGreaterThan(150);
  expect(lost).toBeLessThan(250);
  expect(draw(0.02, 10_000)).toEqual(lots);
});

test("no share is nothing, and the whole is everything", () => {
  expect(draw(0, 100)).not.toContain(true);
  expect(draw(1, 100)).not.toContain(false);
});
