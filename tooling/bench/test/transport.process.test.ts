import { expect, test } from "vitest";

import { runBench } from "./built.ts";

const figuresOf = {
  roundTrip: ["roundTrip µs", "roundTripP99 µs", "cpuRoundTrip µs/round trip"],
  request: ["request µs", "requestP99 µs", "cpuRequest µs/request"],
  messages: ["messages messages/s", "cpuMessages µs/message"],
  bulk: ["bulk MB/s", "cpuBulk µs/MiB"],
};

test("a tiny run measures every cipher, bare datagrams and loss, and makes the ratios", async () => {
  const report = await runBench("transport");
  expect(report.skipped).toEqual([]);
  const figures = report.results.filter(({ name }) => !name.includes("loopDelay"));
  const named = (contestant: string, ...loads: (keyof typeof figuresOf)[]): string[] =>
    loads.flatMap((load) => figuresOf[load].map((figure) => `${contestant}.${figure}`));
  expect(figures.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
    ...named("sodium", "roundTrip", "request", "messages", "bulk"),
    ...named("rawUdp", "roundTrip", "messages"),
    ...named("node", "roundTrip", "messages", "bulk"),
    ...named("noble", "roundTrip", "messages", "bulk"),
    ...named("lossless", "bulk"),
    ...named("lossy2", "bulk"),
  ]);
  for (const { min } of figures) expect(min).toBeGreaterThan(0);
  expect(Object.keys(report.ratios)).toEqual([
    "roundTripOverRaw",
    "messagesOverRawDatagrams",
    "bulkLossy2OverLossless",
  ]);
  for (const ratio of Object.values(report.ratios)) expect(ratio).toBeGreaterThan(0);
});
