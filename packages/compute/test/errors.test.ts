import { readdirSync, readFileSync } from "node:fs";

import { isSelvageError } from "@selvage/core";
import { describe, expect, test } from "vitest";

import * as compute from "../src/index.ts";
import {
  ComputeError,
  type ComputeErrorKind,
  computeErrorKinds,
  isComputeError,
} from "../src/index.ts";

const kinds = Object.keys(computeErrorKinds) as ComputeErrorKind[];
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
/** The rows of the README's tables, cells without padding. */
const rows = readme
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

describe("an error of this package", () => {
  test("says its kind first and takes retryable from the table", () => {
    for (const kind of kinds) {
      const error = new ComputeError(kind, "because");
      expect(error.message).toBe(`[${kind}] because`);
      expect(error.retryable).toBe(computeErrorKinds[kind].retryable);
      expect([isSelvageError(error), isComputeError(error, kind)]).toEqual([true, true]);
    }
  });

  test("is told from other errors, and from other kinds", () => {
    expect(isComputeError(new ComputeError("stale", "x"), "not-found")).toBe(false);
    expect(isComputeError(new Error("stale"))).toBe(false);
    expect(isComputeError(undefined)).toBe(false);
  });
});

test.each(kinds)("the kind %s is thrown in some test", (kind) => {
  const folder = new URL("./", import.meta.url);
  const tests = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".test.ts") && !file.startsWith("errors"),
  );
  const sources = tests.map((file) => readFileSync(new URL(file.replaceAll("\\", "/"), folder)));
  const thrown = new RegExp(`toBe\\(\\s*"${kind}(: [a-z]+)?"|"${kind}"`);
  expect(sources.some((source) => thrown.test(source.toString()))).toBe(true);
});

describe("the README", () => {
  test("lists every kind as the table has it, and no other", () => {
    const listed = rows.filter(([, retryable]) => retryable === "yes" || retryable === "no");
    expect(listed).toEqual(
      kinds.map((kind) => {
        const { retryable, meaning } = computeErrorKinds[kind];
        return [`\`${kind}\``, retryable ? "yes" : "no", meaning];
      }),
    );
  });

  test("lists every default with its value", () => {
    for (const [name, value] of Object.entries(compute)) {
      if (!name.startsWith("DEFAULT_") || typeof value !== "number") continue;
      const row = rows.find(([first]) => first === `\`${name}\``);
      expect([name, row?.[1]]).toEqual([name, value.toLocaleString("en")]);
    }
  });
});
