import path from "node:path";
import { gzipSync } from "node:zlib";

import { workspaceRoot } from "@selvage/tooling-workspace";
import { rolldown } from "rolldown";

import { budgetBytes } from "./budgets.ts";

for (const [name, budget] of Object.entries(budgetBytes)) {
  const size = await bundledSize(path.join(workspaceRoot, "packages", name, "dist/index.js"));
  const verdict = size <= budget ? "within" : "over";
  console.log(`@selvage/${name}: ${size} bytes gzipped, ${verdict} its budget of ${budget}`);
  if (size > budget) process.exitCode = 1;
}

async function bundledSize(input: string): Promise<number> {
  await using bundle = await rolldown({ input, platform: "node" });
  const { output } = await bundle.generate({ minify: true });
  const code = output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
  return gzipSync(code).length;
}
