import type { WorkspacePackage } from "@selvage/tooling-workspace";
import { describe, expect, test } from "vitest";

import { checkManifests } from "../src/manifest-rules.ts";

const pkg = (
  short: string,
  layer: number | string,
  ...dependencies: readonly string[]
): WorkspacePackage => ({
  group: "packages",
  directory: `/packages/${short}`,
  manifest: {
    name: `@selvage/${short}`,
    version: "0.1.0",
    dependencies: Object.fromEntries(
      dependencies.map((name) => [`@selvage/${name}`, "workspace:^"]),
    ),
    selvage: { layer },
  },
});

const check = (...packages: readonly WorkspacePackage[]): string[] => checkManifests(packages);

describe("checkManifests", () => {
  test("accepts edges that point downward", () => {
    expect(
      check(pkg("core", 0), pkg("identity", 1, "core"), pkg("mesh", 7, "core", "identity")),
    ).toEqual([]);
  });

  test("refuses edges that point upward or sideways", () => {
    expect(check(pkg("core", 0, "mesh"), pkg("mesh", 7))).toEqual([
      "@selvage/core depends on @selvage/mesh: layer 0 may not use layer 7",
    ]);
    expect(check(pkg("identity", 1, "resilience"), pkg("resilience", 1))).toEqual([
      "@selvage/identity depends on @selvage/resilience: layer 1 may not use layer 1",
    ]);
  });

  test("keeps testing out of other packages, and other packages out of testing", () => {
    const core = pkg("core", 0);
    expect(check(core, pkg("testing", "testing", "core"), pkg("nrpc", 4, "testing"))).toEqual([
      "@selvage/nrpc depends on @selvage/testing: only the workspace root may depend on it",
    ]);
    expect(check(pkg("nrpc", 4), pkg("testing", "testing", "nrpc"))).toEqual([
      "@selvage/testing depends on @selvage/nrpc: only core and transport may be used here",
    ]);
  });

  test("asks every package for its layer", () => {
    expect(check(pkg("core", "low"))).toEqual([
      '@selvage/core: package.json must say "selvage": { "layer": <number> }',
    ]);
  });

  test("refuses a sibling that does not exist", () => {
    expect(check(pkg("mesh", 7, "nowhere"))).toEqual([
      "@selvage/mesh depends on @selvage/nowhere: there is no such package",
    ]);
  });
});
