import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { addPackage, scaffold } from "../src/scaffold.ts";

const created = { name: "cold-storage", layer: 3, description: "Keeps things cold." };

describe("scaffold", () => {
  test("fills every hole of every template", async () => {
    const files = await scaffold(created);
    expect([...files.keys()]).toContain(path.normalize("src/index.ts"));
    for (const text of files.values()) expect(text).not.toMatch(/\{\{|\}\}(?!\w)/);
  });

  test("derives type and value names from the package name", async () => {
    const errors = (await scaffold(created)).get(path.normalize("src/errors.ts"));
    expect(errors).toContain("class ColdStorageError");
    expect(errors).toContain("const coldStorageErrorKinds");
  });

  test("writes a manifest with the layer as a number", async () => {
    const text = (await scaffold(created)).get("package.json");
    const manifest: unknown = JSON.parse(text ?? "");
    expect(manifest).toMatchObject({ name: "@selvage/cold-storage", selvage: { layer: 3 } });
  });
});

describe("addPackage", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "new-package-"));
    writeFileSync(
      path.join(root, "tsconfig.json"),
      '{\n  "references": [\n    { "path": "packages/core" },\n    { "path": "apps/demo" }\n  ]\n}\n',
    );
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test("adds the package to the build, before the apps", async () => {
    await addPackage(root, created);
    const solution: unknown = JSON.parse(readFileSync(path.join(root, "tsconfig.json"), "utf8"));
    expect(solution).toEqual({
      references: [
        { path: "packages/core" },
        { path: "packages/cold-storage" },
        { path: "apps/demo" },
      ],
    });
  });

  test("refuses to overwrite a package", async () => {
    await addPackage(root, created);
    await expect(addPackage(root, created)).rejects.toThrow("packages/cold-storage exists already");
  });
});
