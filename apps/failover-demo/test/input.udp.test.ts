import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startDemo, succeeded } from "./run-demo.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "failover-demo-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const run20 = ["--calls", "20", "--in-process"];

describe("bad input ends in one line, the usage, and exit code 2", () => {
  test.each([
    ["a missing file", () => ["missing.txt"], 'cannot read "missing.txt": no such file'],
    ["a folder", () => ["/"], 'cannot read "/": it is a directory'],
    ["an empty text", () => [fileOf("empty.txt", "")], "empty.txt has no words to summarise"],
    ["a text without words", () => [fileOf("dots.txt", " … ")], "dots.txt has no words"],
    ["no text at all", () => [fileOf("b", new Uint8Array([255, 0]))], "b is not UTF-8 text"],
    ["an unknown option", () => ["--bogus"], "unknown option '--bogus'"],
    ["an unknown fault", () => ["--fault", "melt"], "--fault is kill, freeze, close"],
    ["too few calls", () => ["--calls", "1"], "--calls is 20 to"],
  ])("%s", async (_name, args, message) => {
    const run = startDemo(args());
    expect(await run.ended).toBe(2);
    expect(run.stdout).toBe("");
    const [first, second, third] = run.stderr.split("\n");
    expect(first).toMatch(/^error: /u);
    expect(first).toContain(message);
    expect([second, third]).toEqual(["", expect.stringContaining("Usage: pnpm demo [file]")]);
  });

  test("an empty stdin", async () => {
    const run = startDemo(["-"], { input: "" });
    expect(await run.ended).toBe(2);
    expect(run.stderr).toContain("error: stdin has no words to summarise");
  });
});

describe("the text", () => {
  test("comes from a file", async () => {
    const text = "Warp and weft. Loom and shuttle. Cloth and edge. And so on.";
    const run = startDemo([fileOf("loom.txt", text), ...run20]);
    await succeeded(run);
    expect(run.stdout).toContain("loom.txt");
    expect(run.stdout).toContain("“Warp and weft.”");
  });

  test.each([[["-"]], [[]]])("comes from stdin with %j", async (args) => {
    const run = startDemo([...args, ...run20], { input: "Ask me. Tell me. Show me. Let me." });
    await succeeded(run);
    expect(run.stdout).toContain("(stdin)");
    expect(run.stdout).toContain("“Ask me.”");
  });

  test("is the app's own when nothing is piped in", async () => {
    const run = startDemo(run20, { input: "" });
    await succeeded(run);
    expect(run.stdout).toContain("(Moby-Dick, chapter 1)");
  });

  test("is cut at a sentence when it is a whole book", async () => {
    const run = startDemo([fileOf("book.txt", "Écoute la mer. ".repeat(9_999)), ...run20]);
    await succeeded(run);
    expect(run.stdout).toContain("book.txt, its beginning)");
    expect(run.stdout).toContain("“Écoute la mer.”");
  });

  test("help is no error", async () => {
    const run = startDemo(["--help"]);
    expect(await run.ended).toBe(0);
    expect(run.stdout).toContain("Usage: pnpm demo [file]");
  });
});
