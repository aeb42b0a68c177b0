import path from "node:path";
import { gzipSync } from "node:zlib";

import { workspaceRoot } from "@selvage/tooling-workspace";
import { rolldown } from "rolldown";

import { budgets } from "./budgets.ts";

for (const [name, { exports, bytes }] of Object.entries(budgets)) {
  const size = await bundledSize(
    path.join(workspaceRoot, "packages", name, "dist/index.js"),
    exports,
  );
  const what =
    exports === undefined ? `@selvage/${name}` : `@selvage/${name} (${exports.join(", ")})`;
  const verdict = size <= bytes ? "within" : "over";
  console.log(`${what}: ${size} bytes under gzip -9, ${verdict} its budget of ${bytes}`);
  if (size > bytes) process.exitCode = 1;
}

/** The size of a program that imports these names, or all, and does nothing else. */
async function bundledSize(file: string, names: readonly string[] | undefined): Promise<number> {
  const wanted = names === undefined ? "*" : `{ ${names.join(", ")} }`;
  await using bundle = await rolldown({
    input: "entry",
    platform: "node",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? id : undefined),
        load: (id) =>
          id === "entry" ? `export ${wanted} from ${JSON.stringify(file)};` : undefined,
      },
    ],
  });
  const { output } = await bundle.generate({ minify: true });
  const code = output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
  return gzipSync(code, { level: 9 }).length;
}
