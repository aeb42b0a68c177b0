import type { Plant } from "../planting/plant.ts";
import type { Rule } from "./rules.ts";
import type { Seams } from "./seams.ts";

/** Bugs that the rules must notice. */
export const plants: readonly Plant<Rule, Seams>[] = [];
