import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { formatText, readPackages, workspaceRoot } from "@selvage/tooling-workspace";

import { packageTable, replaceTable } from "./table.ts";

const file = path.join(workspaceRoot, "README.md");
const before = readFileSync(file, "utf8");
const replaced = replaceTable(before, packageTable(readPackages("packages")));
const after = await formatText(file, replaced);

if (before === after) {
  console.log("README.md: the table of packages is up to date");
} else if (process.argv.includes("--check")) {
  console.error("README.md: the table of packages is out of date: run `pnpm readme`.");
  process.exitCode = 1;
} else {
  writeFileSync(file, after);
  console.log("README.md: wrote the table of packages");
}
