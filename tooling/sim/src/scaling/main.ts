import { defaultProvider } from "@selvage/identity";

import { measureScaling } from "./measure.ts";

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0 || sizes.some((size) => !Number.isSafeInteger(size) || size < 2)) {
  console.error("usage: pnpm scaling <nodes> …, for example: pnpm scaling 10 100");
  process.exitCode = 2;
} else {
  for (const size of sizes) {
    const startedAt = performance.now();
    const figures = await measureScaling(size, defaultProvider());
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    console.log(JSON.stringify({ ...figures, tookSeconds: seconds }));
  }
}
