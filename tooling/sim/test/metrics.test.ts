import { expect, test } from "vitest";

import { distribution, Metrics } from "../src/metrics.ts";

test("counters add up, and a dot groups them", () => {
  const metrics = new Metrics();
  metrics.count("calls", 2);
  metrics.count("errors.timeout");
  metrics.count("calls");
  metrics.count("errors.no-route", 4);
  expect(metrics.report()).toEqual({ calls: 3, errors: { "no-route": 4, timeout: 1 } });
});

test("merging is as if one had measured everything", () => {
  const [one, other, both] = [new Metrics(), new Metrics(), new Metrics()];
  for (const metrics of [one, both]) {
    metrics.count("ok", 5);
    metrics.sample("ms", 1);
  }
  for (const metrics of [other, both]) {
    metrics.count("ok");
    metrics.count("bad");
    metrics.sample("ms", 9);
  }
  one.merge(other.data);
  expect(one.report()).toEqual(both.report());
});

test("quantiles are samples that were seen, by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(distribution(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  expect(distribution([2.34567])).toEqual({ count: 1, p50: 2.3, p95: 2.3, p99: 2.3, max: 2.3 });
  expect(distribution([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
});
