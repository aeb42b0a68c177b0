import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { type WorkspacePackage, workspaceRoot } from "@selvage/tooling-workspace";

import { siblingsOf } from "./manifest-rules.ts";

interface TsConfig {
  readonly references?: readonly { readonly path: string }[];
}

/** Checks that project references say what the manifests say, so that `tsc -b` builds in order. */
export function checkReferences(all: readonly WorkspacePackage[]): string[] {
  const projects = all.filter(({ directory }) => existsSync(path.join(directory, "tsconfig.json")));
  const folders = new Map(all.map(({ directory, manifest }) => [manifest.name, directory]));
  const problems = compare(
    "tsconfig.json",
    referencesOf(workspaceRoot),
    new Set(projects.map(({ directory }) => directory)),
  );
  for (const { directory, manifest } of projects) {
    const expected = siblingsOf(manifest).flatMap((name) => folders.get(name) ?? []);
    problems.push(
      ...compare(`${manifest.name}/tsconfig.json`, referencesOf(directory), new Set(expected)),
    );
  }
  return problems;
}

function referencesOf(directory: string): Set<string> {
  const config: TsConfig = JSON.parse(readFileSync(path.join(directory, "tsconfig.json"), "utf8"));
  return new Set(config.references?.map((reference) => path.resolve(directory, reference.path)));
}

function compare(
  where: string,
  actual: ReadonlySet<string>,
  expected: ReadonlySet<string>,
): string[] {
  const name = (directory: string): string => path.relative(workspaceRoot, directory);
  return [
    ...[...expected]
      .filter((it) => !actual.has(it))
      .map((it) => `${where}: add a reference to ${name(it)}`),
    ...[...actual]
      .filter((it) => !expected.has(it))
      .map((it) => `${where}: remove the reference to ${name(it)}`),
  ];
}
