import { readPackages } from "@selvage/tooling-workspace";

import { checkImports } from "./import-rules.ts";
import { checkManifests } from "./manifest-rules.ts";
import { checkReferences } from "./reference-rules.ts";

const packages = readPackages("packages");
const all = [...packages, ...readPackages("apps", "tooling")];
const problems = [
  ...checkManifests(packages),
  ...all.flatMap((each) => checkImports(each, all)),
  ...checkReferences(all),
];

for (const problem of problems) console.error(problem);
console.log(`layers: ${all.length} packages, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
