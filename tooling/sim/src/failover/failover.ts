import { withPlant } from "../planting/plant.ts";
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
    return await withPlant(plants, run.plant, (seams) => new FailoverRun(run, seams ?? {}).run());
  },
};
