import { expect, test } from "vitest";

import { runSuite } from "../src/runner.ts";
import { contestant, suiteOf } from "./contestants.ts";

test("contestants take turns, every second round backwards", async () => {
  const suite = suiteOf(contestant("ours", [1, 2, 3]), contestant("peer", [4, 5, 6]));
  const turns: string[] = [];
  const { series } = await runSuite({ suite, rounds: 3, measureMs: 1 }, (round, { name }) =>
    turns.push(`${round} ${name}`),
  );
  expect(turns).toEqual(["1 ours", "1 peer", "2 peer", "2 ours", "3 ours", "3 peer"]);
  expect(
    series.map(({ contestant: { name }, metric, unit, values }) => [name, metric, unit, values]),
  ).toEqual([
    ["ours", "latency1", "µs", [1, 2, 3]],
    ["peer", "latency1", "µs", [4, 5, 6]],
  ]);
});

test("who fails once is out, with the round and the reason, and the others go on", async () => {
  const broken = contestant("peer", [4, new Error("the server: gone")], "a peer");
  const suite = suiteOf(contestant("ours", [1, 2, 3]), broken);
  const turns: string[] = [];
  const { series, skipped } = await runSuite({ suite, rounds: 3, measureMs: 1 }, (_, { name }) =>
    turns.push(name),
  );
  expect(turns).toEqual(["ours", "peer", "peer", "ours", "ours"]);
  expect(series.map((each) => each.contestant.name)).toEqual(["ours"]);
  expect(skipped).toEqual([{ name: "peer", reason: "round 2: the server: gone" }]);
});
