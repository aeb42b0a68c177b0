import { defaultProvider } from "@selvage/identity";
import { beforeAll, describe, expect, test } from "vitest";

import type { Scenario, SeedResult } from "../src/scenario.ts";

const crypto = defaultProvider();

/** Within how many seeds every planted bug must be noticed. */
const SEEDS = 50;

/** That each rule of a scenario notices when it is broken. */
export function describePlantedBugs(scenario: Scenario): void {
  describe(`the rules of ${scenario.name}`, () => {
    let before: SeedResult | undefined;

    beforeAll(async () => {
      before = await scenario.run({ seed: 1, crypto });
    }, 30_000);

    test.each(scenario.plants)(
      "notice $name: $meaning",
      async ({ name, breaks }) => {
        const broken = new Set<string>();
        for (let seed = 1; seed <= SEEDS && !broken.has(breaks); seed++) {
          const { violations } = await scenario.run({ seed, crypto, plant: name });
          for (const { rule } of violations) broken.add(rule);
        }
        expect([...broken]).toContain(breaks);
      },
      120_000,
    );

    test("are each broken by some planted bug", () => {
      const breaks = new Set(scenario.plants.map((plant) => plant.breaks));
      expect(Object.keys(scenario.rules).filter((rule) => !breaks.has(rule))).toEqual([]);
    });

    test("hold again after all of that: planting leaves nothing behind", async () => {
      const after = await scenario.run({ seed: 1, crypto });
      expect([after.traceHash, after.violations]).toEqual([before?.traceHash, []]);
    }, 30_000);

    test("are not run with a bug that nobody knows", async () => {
      await expect(scenario.run({ seed: 1, crypto, plant: "moths" })).rejects.toThrow("moths");
    });
  });
}
