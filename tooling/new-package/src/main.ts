import path from "node:path";
import { parseArgs } from "node:util";

import { workspaceRoot } from "@selvage/tooling-workspace";

import { addPackage, type NewPackage } from "./scaffold.ts";

const usage =
  'usage: pnpm new:package <name> --layer <n> [--description "One sentence."]   name is kebab-case';

try {
  const created = parse();
  const directory = await addPackage(workspaceRoot, created);
  console.log(`created ${path.relative(workspaceRoot, directory)}`);
  console.log("next: pnpm install, pnpm readme, pnpm check");
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(usage);
  process.exitCode = 2;
}

function parse(): NewPackage {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { layer: { type: "string" }, description: { type: "string" } },
  });
  const [name = "", ...rest] = positionals;
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || rest.length > 0) {
    throw new RangeError(`name must be one kebab-case word, got "${positionals.join(" ")}"`);
  }
  const { layer = "", description = `The ${name} layer of Selvage.` } = values;
  if (!/^[1-9]\d?$/.test(layer)) {
    throw new RangeError(`--layer must be 1 to 99 (0 is core), got "${layer}"`);
  }
  return { name, layer: Number(layer), description };
}
