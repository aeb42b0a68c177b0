import { expect, test } from "vitest";

import { DEFAULT_SEEDS, readOptions, UsageError } from "../src/options.ts";

test("a scenario is enough", () => {
  expect(readOptions(["--scenario", "failover"])).toEqual({
    scenario: "failover",
    seeds: DEFAULT_SEEDS,
    from: 1,
    seed: undefined,
    plant: undefined,
    jobs: 1,
    json: false,
  });
});

test("everything can be said, also behind the separator of a package manager", () => {
  const args = "--scenario x --seeds 7 --from 3 --seed 0 --plant bug --jobs 2 --json".split(" ");
  const all = { scenario: "x", seeds: 7, from: 3, seed: 0, plant: "bug", jobs: 2, json: true };
  expect(readOptions(args)).toEqual(all);
  expect(readOptions(["--", ...args])).toEqual(all);
});

test("help needs nothing else", () => {
  expect(readOptions(["--help"])).toBeUndefined();
});

test.each([
  [[], "--scenario is missing"],
  [["--scenario", "x", "--seeds", "0"], "--seeds must be a whole number of at least 1"],
  [["--scenario", "x", "--seeds", "many"], "--seeds must be a whole number of at least 1"],
  [["--scenario", "x", "--from", "-3"], "--from"],
  [["--scenario", "x", "--jobs", "0"], "--jobs must be a whole number of at least 1"],
  [["--scenario", "x", "--seed", "-1"], "--seed"],
  [["--scenario", "x", "--seed", "1.5"], "--seed must be a whole number of at least 0"],
  [["--scenario", "x", "--sed", "1"], "--sed"],
  [["--scenario", "x", "stray"], "stray"],
])("%j is refused in one line", (args, reason) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).toThrow(reason);
  try {
    readOptions(args);
  } catch (error) {
    expect(String(error)).not.toContain("\n");
  }
});
