import { expect, test } from "vitest";

import { ServiceLatencies } from "../src/client/service-latencies.ts";

test("each service has a tracker of its own, which stays", () => {
  const latencies = new ServiceLatencies();
  for (let i = 0; i < 100; i++) latencies.of("slow").record(400);
  expect(latencies.of("slow").hedgeDelay()()).toBeGreaterThanOrEqual(390);
  expect(latencies.of("slow")).toBe(latencies.of("slow"));
  expect(latencies.of("unknown").hedgeDelay()()).toBe(50);
});

test("a bounded number of services is remembered", () => {
  const latencies = new ServiceLatencies();
  for (let i = 0; i < 100; i++) latencies.of("slow").record(400);
  for (let i = 0; i < 1_024; i++) latencies.of(`service-${i}`);
  expect(latencies.of("slow").hedgeDelay()()).toBe(50);
});
