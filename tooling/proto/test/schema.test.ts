import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { generate } from "../src/generate.ts";
import { parseSchema } from "../src/schema.ts";

const parse = (body: string): unknown => parseSchema(`syntax = "proto3";\n${body}`, "x.proto");

describe("parseSchema", () => {
  test.each([
    ["map<>", "message M { map<string, string> m = 1; }", "M.m: map<> is not supported"],
    ["64-bit integers", "message M { uint64 n = 1; }", "M.n: 64-bit integers are not supported"],
    ["other scalars", "message M { float f = 1; }", "M.f: float is not supported"],
    ["oneof", "message M { oneof o { bool a = 1; } }", "M: oneof is not supported"],
    ["nested types", "message M { message N {} }", "M: declare nested types at the top level"],
    ["services", "service S {}", "S: only messages and enums are supported"],
    ["imports", 'import "y.proto";', "imports are not supported"],
    ["recursion", "message A { B b = 1; } message B { repeated A a = 1; }", "A > B > A: recursive"],
    ["negative enum values", "enum E { E_ZERO = 0; E_LESS = -1; }", "E.E_LESS: negative"],
    ["a bad bound", "message M { repeated bool b = 1 [(max_count) = 0]; }", "M.b: max_count"],
  ])("refuses %s and says where", (_, body, reason) => {
    expect(() => parse(body)).toThrow(`x.proto: ${reason}`);
  });

  test("refuses proto2", () => {
    expect(() => parseSchema("message M {}", "x.proto")).toThrow(
      'x.proto: say `syntax = "proto3";`',
    );
  });

  test("names fields in camelCase and keeps comments", () => {
    const schema = parseSchema(
      'syntax = "proto3";\n// Whole.\nmessage M {\n  // Part.\n  bytes boot_id = 1;\n}',
      "x.proto",
    );
    expect(schema.messages[0]).toMatchObject({
      comment: "Whole.",
      fields: [{ name: "bootId", comment: "Part.", rule: "single", type: "bytes" }],
    });
  });
});

test("the committed sample is what the generator writes", async () => {
  const proto = fileURLToPath(new URL("sample.proto", import.meta.url));
  const committed = fileURLToPath(new URL("sample.gen.ts", import.meta.url));
  expect(await generate(proto)).toBe(await readFile(committed, "utf8"));
});
