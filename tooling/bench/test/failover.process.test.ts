import { expect, test } from "vitest";

import { NO_NATS_SERVER } from "../src/peers/nats-server.ts";
import { runBench } from "./built.ts";

const FIGURES = [
  "errors in calls",
  "worstCallMs in ms",
  "calls in calls",
  "medianCallMs in ms",
  "p99CallMs in ms",
  "loopDelayMs in ms",
];

test("a tiny run kills and freezes a provider of every system that is there", async () => {
  const { suite, results, ratios, skipped } = await runBench("failover");
  expect(suite).toBe("failover");
  // NATS takes part where its server is installed.
  const hasNats = skipped.length === 0;
  if (!hasNats) {
    expect(skipped).toEqual(
      ["nats.kill", "nats.freeze"].map((name) => ({
        name,
        reason: `round 1: the broker: ${NO_NATS_SERVER}`,
      })),
    );
  }
  const systems = ["selvage", "moleculer", ...(hasNats ? ["nats"] : [])];
  expect(results.map(({ name, unit }) => `${name} in ${unit}`)).toEqual(
    ["kill", "freeze"].flatMap((fault) =>
      systems.flatMap((system) => FIGURES.map((figure) => `${system}.${fault}.${figure}`)),
    ),
  );
  for (const { name, median, peer } of results) {
    if (/\.(?:calls|\w*CallMs)$/u.test(name)) expect(median).toBeGreaterThan(0);
    if (/^selvage\..*\.errors$/u.test(name)) expect(median).toBe(0);
    expect(peer === undefined).toBe(name.startsWith("selvage."));
  }
  expect(ratios).toEqual({
    worstCallOverMoleculerKill: expect.any(Number),
    worstCallOverMoleculerFreeze: expect.any(Number),
    worstCallOverNatsKill: hasNats ? expect.any(Number) : null,
    worstCallOverNatsFreeze: hasNats ? expect.any(Number) : null,
  });
}, 120_000);
