import { expect, test } from "vitest";

import { silentLogger } from "../src/index.ts";

test("the silent logger takes everything, and so do its children", () => {
  const child = silentLogger.child({ node: "a" });
  for (const level of ["debug", "info", "warn", "error"] as const) {
    expect(child[level]("message", { n: 1 })).toBeUndefined();
  }
  expect(child.child({})).toBe(silentLogger);
});
