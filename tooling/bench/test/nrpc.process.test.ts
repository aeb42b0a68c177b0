import { expect, test } from "vitest";

import { NO_NATS_SERVER } from "../src/peers/nats-server.ts";
import { clientServer } from "../src/processes/client-server.ts";
import { runSuite } from "../src/runner.ts";
import { oneAtATime } from "../src/suites/nrpc/loads.ts";
import { built, runBench } from "./built.ts";
import { suiteOf } from "./contestants.ts";

const figures = (name: string, calls: number): string[] => [
  `${name}.latency${calls} in µs`,
  `${name}.latencyP99At${calls} in µs`,
  `${name}.throughput${calls} in calls/s`,
  `${name}.cpu${calls} in µs/call`,
  `${name}.loopDelay${calls} in ms`,
];
const child = built("suites/nrpc/child.js");

test("a tiny run of the command ends in one line of JSON with every figure in it", async () => {
  const report = await runBench("nrpc");

  expect(report.suite).toBe("nrpc");
  expect(report.machine.node).toBe(process.version);
  // NATS takes part where its server is installed.
  const missing = report.skipped.map(({ name }) => name);
  if (missing.length > 0) {
    expect(report.skipped).toEqual([
      { name: "nats", reason: `round 1: the server: ${NO_NATS_SERVER}` },
    ]);
  }
  const present = ["selvage", "moleculer", "nats", "grpc", "transport"].filter(
    (name) => !missing.includes(name),
  );
  expect(report.results.map(({ name, unit }) => `${name} in ${unit}`)).toEqual([
    ...present.flatMap((name) => [1, 16, 64, 256].flatMap((calls) => figures(name, calls))),
    ...figures("rawUdp", 1),
  ]);
  for (const { name, median, min, max, peer } of report.results) {
    if (!name.includes("loopDelay")) expect(min).toBeGreaterThan(0);
    expect([min, max]).toEqual([median, median]);
    expect(peer === undefined).toBe(/^(?:selvage|transport)\./u.test(name));
  }
  const { throughputOverNats64, ...ratios } = report.ratios;
  expect(Object.keys(ratios)).toEqual([
    "latencyOverRawUdp1",
    "latencyOverMoleculer1",
    "throughputOverMoleculer64",
    "throughputOverMoleculer256",
    "throughputOverGrpc64",
  ]);
  for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0);
  if (missing.length > 0) expect(throughputOverNats64).toBeNull();
  else expect(throughputOverNats64).toBeGreaterThan(0);
}, 120_000);

test("a peer that is not there is skipped with the reason", async () => {
  const unknown = clientServer({ name: "nobody", peer: "-", module: child, loads: [oneAtATime] });
  const missing = new URL("no-such-module.js", child);
  const broken = clientServer({ name: "broken", peer: "-", module: missing, loads: [oneAtATime] });
  const suite = suiteOf(unknown, broken);
  const { series, skipped } = await runSuite({ suite, rounds: 2, measureMs: 1 });
  expect(series).toEqual([]);
  expect(skipped).toEqual([
    { name: "nobody", reason: 'round 1: the server: there is no contestant "nobody"' },
    {
      name: "broken",
      reason: expect.stringMatching(/^round 1: the server: ended: Error: Cannot find module/u),
    },
  ]);
});
