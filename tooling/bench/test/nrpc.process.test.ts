import { expect, test } from "vitest";

import { clientServer } from "../src/processes/client-server.ts";
import { runSuite } from "../src/runner.ts";
import { oneAtATime } from "../src/suites/nrpc/loads.ts";
import { built, runBench } from "./built.ts";
import { suiteOf } from "./contestants.ts";

const child = built("suites/nrpc/child.js");

test("a tiny run of the command ends in one line of JSON with every figure in it", async () => {
  const report = await runBench("nrpc");

  expect(report.suite).toBe("nrpc");
  expect(report.machine.node).toBe(process.version);
  expect(report.skipped).toEqual([]);
  expect(report.results.map(({ name, unit }) => `${name} in ${unit}`)).toEqual([
    ...["selvage", "moleculer", "transport"].flatMap((name) => [
      `${name}.latency1 in µs`,
      `${name}.latencyP99At1 in µs`,
      `${name}.cpu1 in µs/call`,
      `${name}.loopDelay1 in ms`,
      `${name}.throughput64 in calls/s`,
      `${name}.cpu64 in µs/call`,
      `${name}.loopDelay64 in ms`,
    ]),
    "rawUdp.latency1 in µs",
    "rawUdp.latencyP99At1 in µs",
    "rawUdp.cpu1 in µs/call",
    "rawUdp.loopDelay1 in ms",
  ]);
  for (const { name, median, min, max, peer } of report.results) {
    if (!name.includes("loopDelay")) expect(min).toBeGreaterThan(0);
    expect([min, max]).toEqual([median, median]);
    expect(peer === undefined).toBe(/^(?:selvage|transport)\./u.test(name));
  }
  expect(Object.keys(report.ratios)).toEqual([
    "latencyOverRawUdp1",
    "latencyOverMoleculer1",
    "throughputOverMoleculer64",
  ]);
  for (const ratio of Object.values(report.ratios)) expect(ratio).toBeGreaterThan(0);
});

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
