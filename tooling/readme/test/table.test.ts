import type { WorkspacePackage } from "@selvage/tooling-workspace";
import { describe, expect, test } from "vitest";

import { packageTable, replaceTable } from "../src/table.ts";

const pkg = (name: string, layer: number | string): WorkspacePackage => ({
  group: "packages",
  directory: `/work/packages/${name}`,
  manifest: {
    name: `@selvage/${name}`,
    version: "0.1.0",
    description: `Does ${name}.`,
    selvage: { layer },
  },
});

describe("packageTable", () => {
  test("lists packages by layer, then by name, and those beside the layers last", () => {
    const rows = packageTable([
      pkg("testing", "testing"),
      pkg("mesh", 7),
      pkg("resilience", 1),
      pkg("identity", 1),
    ]).split("\n");
    expect(rows.slice(2)).toEqual([
      "| 1 | [`@selvage/identity`](packages/identity) | Does identity. | 0.1.0 |",
      "| 1 | [`@selvage/resilience`](packages/resilience) | Does resilience. | 0.1.0 |",
      "| 7 | [`@selvage/mesh`](packages/mesh) | Does mesh. | 0.1.0 |",
      "| – | [`@selvage/testing`](packages/testing) | Does testing. | 0.1.0 |",
    ]);
  });
});

describe("replaceTable", () => {
  const readme = "before\n<!-- packages:start -->\nold\n<!-- packages:end -->\nafter\n";

  test("changes only what stands between the markers", () => {
    expect(replaceTable(readme, "new")).toBe(
      "before\n<!-- packages:start -->\n\nnew\n\n<!-- packages:end -->\nafter\n",
    );
  });

  test("gives the same text the second time", () => {
    const once = replaceTable(readme, "new");
    expect(replaceTable(once, "new")).toBe(once);
  });

  test("refuses a README without markers", () => {
    expect(() => replaceTable("nothing", "new")).toThrow(/put <!-- packages:start -->/);
  });
});
