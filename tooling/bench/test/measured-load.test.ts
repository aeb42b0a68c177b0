import { expect, test } from "vitest";

import { latencyFigures, rateFigure } from "../src/processes/measured-load.ts";

test("a rate counts per second, in the amount of its unit that each thing is", () => {
  const result = { count: 30, elapsedMs: 1_500 };
  expect(rateFigure(result, "messages", "messages/s").value).toBe(20);
  expect(rateFigure(result, "bulk", "MB/s", 1.5)).toEqual({
    metric: "bulk",
    unit: "MB/s",
    value: 30,
  });
});

test("latencies are told in microseconds, and never made up", () => {
  const latency = { medianMs: 0.25, p99Ms: 2, worstMs: 3 };
  const figures = latencyFigures({ count: 1, elapsedMs: 1, latency }, "call", "callP99");
  expect(figures.map(({ value }) => value)).toEqual([250, 2_000]);
  expect(() => latencyFigures({ count: 1, elapsedMs: 1 }, "call", "callP99")).toThrow(
    "a load without latencies has no call",
  );
});
