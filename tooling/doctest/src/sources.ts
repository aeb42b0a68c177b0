import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { readPackages, workspaceRoot } from "@selvage/tooling-workspace";

import { extractExamples } from "./examples.ts";

/** An example as a file that the compiler and the test runner can take. */
export interface ExampleFile {
  /** `packages/core/README.md:12` */
  readonly name: string;
  readonly file: string;
  readonly runs: boolean;
}

/** The package whose dependencies the examples of the root README may use. */
const ROOT_EXAMPLES_IN = "mesh";

/**
 * Writes every example into a git-ignored folder inside its package, so that it sees exactly what
 * the package sees, itself by name included.
 */
export function writeExamples(): ExampleFile[] {
  const packages = readPackages("packages").map(({ directory }) => directory);
  for (const directory of packages) {
    rmSync(path.join(directory, ".doctest"), { recursive: true, force: true });
  }
  const home = path.join(workspaceRoot, "packages", ROOT_EXAMPLES_IN);
  return [
    ...writeExamplesOf(path.join(workspaceRoot, "README.md"), home, "root"),
    ...packages.flatMap((directory) =>
      writeExamplesOf(path.join(directory, "README.md"), directory, "package"),
    ),
  ];
}

function writeExamplesOf(readme: string, directory: string, prefix: string): ExampleFile[] {
  if (!existsSync(readme)) return [];
  const folder = path.join(directory, ".doctest");
  return extractExamples(readFileSync(readme, "utf8")).map(({ line, code, runs }) => {
    const file = path.join(folder, `${prefix}-${line}.ts`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, code);
    return { name: `${path.relative(workspaceRoot, readme)}:${line}`, file, runs };
  });
}
