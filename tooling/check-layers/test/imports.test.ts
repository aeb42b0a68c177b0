import { describe, expect, test } from "vitest";

import { importsOf, packageOf } from "../src/imports.ts";

describe("importsOf", () => {
  test("finds every kind of import with its line, and nothing in comments or strings", () => {
    const source = `
// import "commented";
import { a } from "static";
import type { B } from "types";
export { c } from "again";
const text = 'import "quoted"';
const d = await import("dynamic");
const e = await import(text);
import "effect";
`;
    const found = importsOf("x.ts", source).map(({ specifier, line }) => `${specifier}:${line}`);
    expect(found.toSorted()).toEqual(["again:5", "dynamic:7", "effect:9", "static:3", "types:4"]);
  });
});

describe("packageOf", () => {
  test.each([
    ["@selvage/transport/udp", "@selvage/transport"],
    ["protobufjs/minimal.js", "protobufjs"],
    ["node:fs", undefined],
    ["./x.ts", undefined],
  ])("takes %s for %s", (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });
});
