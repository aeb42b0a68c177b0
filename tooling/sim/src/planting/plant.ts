import type { PlantedBug, SeedResult } from "../scenario.ts";
import type { Patch } from "./patch.ts";

/** A bug, and how it gets in: around the product, or by a method replaced while the run lasts. */
export interface Plant<Rule extends string, Seams> extends PlantedBug {
  readonly breaks: Rule;
  readonly seams?: Seams | undefined;
  readonly patch?: Patch | undefined;
}

/** Tells a story with the named bug in it, or with none; afterwards everything is as before. */
export async function withPlant<Rule extends string, Seams>(
  plants: readonly Plant<Rule, Seams>[],
  name: string | undefined,
  tell: (seams: Seams | undefined) => Promise<SeedResult>,
): Promise<SeedResult> {
  if (name === undefined) return await tell(undefined);
  const plant = plants.find((one) => one.name === name);
  if (plant === undefined) throw new RangeError(`there is no planted bug "${name}"`);
  const patch = await plant.patch?.();
  try {
    return await tell(plant.seams);
  } finally {
    patch?.[Symbol.dispose]();
  }
}
