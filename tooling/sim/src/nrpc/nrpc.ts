import { withPlant } from "../planting/plant.ts";
import type { Scenario, ScenarioRun, SeedResult } from "../scenario.ts";
import { plants } from "./plants.ts";
import { rules } from "./rules.ts";
import { NrpcRun } from "./run.ts";

/** Calls of all shapes in a mesh where things go wrong. */
export const nrpc: Scenario = {
  name: "nrpc",
  summary:
    "three to eight nodes call each other in all shapes, with all options, through all faults",
  rules,
  plants,
  async run(run: ScenarioRun): Promise<SeedResult> {
    return await withPlant(plants, run.plant, (seams) => new NrpcRun(run, seams ?? {}).run());
  },
};
