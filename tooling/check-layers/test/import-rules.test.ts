import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type { WorkspacePackage } from "@selvage/tooling-workspace";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { checkImports } from "../src/import-rules.ts";

const core: WorkspacePackage = {
  group: "packages",
  directory: "/nowhere",
  manifest: { name: "@selvage/core", version: "0.1.0", exports: { ".": "./dist/index.js" } },
};

describe("checkImports", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "check-layers-"));
    for (const folder of ["src", "test"]) mkdirSync(path.join(directory, folder));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const check = (file: string, source: string): string[] => {
    writeFileSync(path.join(directory, file), source);
    const manifest = {
      name: "@selvage/identity",
      version: "0.1.0",
      dependencies: { "@selvage/core": "workspace:^" },
      devDependencies: { moleculer: "^0.14.0" },
    };
    const identity: WorkspacePackage = { group: "packages", directory, manifest };
    return checkImports(identity, [core, identity]);
  };

  test.each([
    ["src/a.ts", 'import "@selvage/core";'],
    ["src/a.ts", 'import "node:dgram";'],
    ["src/a.ts", 'import "./b.ts";'],
    ["test/a.test.ts", 'import "../src/b.ts";'],
    ["test/a.test.ts", 'import "vitest"; import "moleculer"; import "@selvage/testing";'],
  ])("accepts in %s: %s", (file, source) => {
    expect(check(file, source)).toEqual([]);
  });

  test.each([
    ["src/a.ts", 'import "@selvage/mesh";', "is not declared in package.json"],
    ["src/a.ts", 'import "moleculer";', "is not declared in package.json"],
    ["src/a.ts", 'import "vitest";', "is not declared in package.json"],
    ["src/a.ts", 'import "@selvage/core/dist/clock.js";', "is not exported by its package"],
    ["src/a.ts", 'import "../../core/src/clock.ts";', "leaves src"],
    ["src/a.ts", 'import "./b.js";', "must end in .ts"],
    ["test/a.test.ts", 'import "../../core/src/clock.ts";', "leaves test"],
  ])("refuses in %s: %s", (file, source, problem) => {
    const specifier = /"(.*)"/.exec(source)?.[1];
    expect(check(file, source)).toEqual([
      `@selvage/identity/${path.normalize(file)}:1: "${specifier}" ${problem}`,
    ]);
  });
});
