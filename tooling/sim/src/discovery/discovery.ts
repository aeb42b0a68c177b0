import { withPlant } from "../planting/plant.ts";
import type { Scenario, ScenarioRun, SeedResult } from "../scenario.ts";
import { plants } from "./plants.ts";
import { rules } from "./rules.ts";
import { DiscoveryRun } from "./run.ts";

/** Twenty nodes that say what they can do, and must come to agree on it. */
export const discovery: Scenario = {
  name: "index",
  summary:
    "twenty nodes that come, go and change what they say through kills, partitions, loss and wrong clocks",
  rules,
  plants,
  async run(run: ScenarioRun): Promise<SeedResult> {
    return await withPlant(plants, run.plant, (seams) => new DiscoveryRun(run, seams ?? {}).run());
  },
};
