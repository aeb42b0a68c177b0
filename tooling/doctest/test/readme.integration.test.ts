import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

import { workspaceRoot } from "@selvage/tooling-workspace";
import { describe, expect, test, vi } from "vitest";

import { writeExamples } from "../src/sources.ts";

const examples = writeExamples();

describe("the examples of the READMEs", () => {
  test("type-check", () => {
    const config = path.join(workspaceRoot, "tooling/doctest/tsconfig.examples.json");
    const files = examples.map(({ file }) => path.relative(path.dirname(config), file));
    writeFileSync(config, JSON.stringify({ extends: "../tsconfig/test.json", files }));
    const tsc = path.join(workspaceRoot, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
    expect(stdout).toBe("");
  });

  test.each(examples.filter(({ runs }) => runs))("$name runs to its end", async ({ file }) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import(/* @vite-ignore */ file);
    expect(log).toHaveBeenCalled();
  });
});
