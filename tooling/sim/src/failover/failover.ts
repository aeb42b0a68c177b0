import type { Scenario, ScenarioRun, SeedResult } from "../scenario.ts";
import { plants } from "./plants.ts";
import { rules } from "./rules.ts";
import { FailoverRun } from "./run.ts";

/** A caller and three providers through kills, freezes, partitions and loss. */
export const failover: Scenario = {
  name: "failover",
  summary: "a caller and three providers through kills, freezes, closes, partitions and loss",
  rules,
  plants,
  async run(run: ScenarioRun): Promise<SeedResult> {
    if (run.plant === undefined) return await new FailoverRun(run, {}).run();
    const plant = plants.find(({ name }) => name === run.plant);
    if (plant === undefined) throw new RangeError(`there is no planted bug "${run.plant}"`);
    const patch = await plant.patch?.();
    try {
      return await new FailoverRun(run, plant.seams ?? {}).run();
    } finally {
      patch?.[Symbol.dispose]();
    }
  },
};
