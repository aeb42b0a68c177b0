import { readFileSync } from "node:fs";
import path from "node:path";

import { listFiles, type Manifest, type WorkspacePackage } from "@selvage/tooling-workspace";

import { type Import, importsOf, packageOf } from "./imports.ts";

/** What the workspace root brings to every test. */
const testTools: ReadonlySet<string> = new Set(["@selvage/testing", "fast-check", "vitest"]);

/** Checks that sources import only what their package declares, and by names that it exports. */
export function checkImports(
  { directory, manifest }: WorkspacePackage,
  all: readonly WorkspacePackage[],
): string[] {
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const declaredInTests = new Set([
    ...declared,
    ...Object.keys(manifest.devDependencies ?? {}),
    ...testTools,
  ]);
  const check = (folder: string, allowed: ReadonlySet<string>): string[] =>
    listFiles(path.join(directory, folder), ".ts").flatMap((file) =>
      importsOf(file, readFileSync(file, "utf8")).flatMap((found) => {
        const problem =
          packageProblem(found, allowed, all) ?? relativeProblem(found, file, directory, folder);
        if (problem === undefined) return [];
        const where = `${manifest.name}/${path.relative(directory, file)}:${found.line}`;
        return [`${where}: "${found.specifier}" ${problem}`];
      }),
    );
  return [...check("src", declared), ...check("test", declaredInTests)];
}

function packageProblem(
  { specifier }: Import,
  allowed: ReadonlySet<string>,
  all: readonly WorkspacePackage[],
): string | undefined {
  const name = packageOf(specifier);
  if (name === undefined) return undefined;
  if (!allowed.has(name)) return "is not declared in package.json";
  const sibling = all.find(({ manifest }) => manifest.name === name)?.manifest;
  return sibling && !exportsSubpath(sibling, specifier)
    ? "is not exported by its package"
    : undefined;
}

function exportsSubpath(manifest: Manifest, specifier: string): boolean {
  return Object.hasOwn(manifest.exports ?? {}, `.${specifier.slice(manifest.name.length)}`);
}

/** Tests may reach into their package's sources; sources stay among themselves. */
function relativeProblem(
  { specifier }: Import,
  file: string,
  directory: string,
  folder: string,
): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const root = folder === "src" ? path.join(directory, "src") : directory;
  const target = path.resolve(path.dirname(file), specifier);
  if (path.relative(root, target).startsWith("..")) return `leaves ${folder}`;
  return /\.(ts|json)$/.test(specifier) ? undefined : "must end in .ts";
}
