import { createRequire } from "node:module";

import { methodOf } from "../planting/patch.ts";

const manifest = createRequire(import.meta.url).resolve("@selvage/capability-index/package.json");

/** Replaces a method of a class of the index, named by its module below the source folder. */
export const method: ReturnType<typeof methodOf> = methodOf(manifest);
