import { withPlant } from "../planting/plant.ts";
import type { Scenario, ScenarioRun, SeedResult } from "../scenario.ts";
import { plants } from "./plants.ts";
import { rules } from "./rules.ts";
import { TransportRun } from "./run.ts";

/** Two to six nodes and streams of all kinds between them, through everything that goes wrong. */
export const transport: Scenario = {
  name: "transport",
  summary:
    "nodes with streams of all kinds between them through kills, freezes, partitions, loss and new addresses",
  rules,
  plants,
  async run(run: ScenarioRun): Promise<SeedResult> {
    return await withPlant(plants, run.plant, (seams) => new TransportRun(run, seams ?? {}).run());
  },
};
