import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { contractOf, isCompatible, isServiceName, parseVersion } from "../src/contract.ts";
import { defineService, jsonCodec } from "../src/index.ts";
import { validate } from "../src/validation.ts";
import { person, schema, text } from "./schemas.ts";

describe("a contract", () => {
  test("is version 1.0, without schemas, and not idempotent unless it says so", () => {
    expect(defineService({ name: "greet" })).toEqual({
      name: "greet",
      version: "1.0",
      shape: "unary",
      input: undefined,
      output: undefined,
      codec: undefined,
      idempotent: false,
    });
    const full = {
      name: "greet",
      version: "2.3",
      shape: "bidirectional",
      input: text,
      output: text,
      codec: jsonCodec,
      idempotent: true,
    } as const;
    expect(defineService(full)).toEqual(full);
  });

  test("is what a bare name stands for", () => {
    expect(contractOf("greet")).toEqual(defineService({ name: "greet" }));
    const own = defineService({ name: "greet", version: "4.0" });
    expect(contractOf(own)).toBe(own);
  });

  test.each(["greet", "a", "0", "mesh.v1/summarize-text_2", "a/b/c", "..a", "a".repeat(255)])(
    "may be named %j",
    (name) => {
      expect(defineService({ name }).name).toBe(name);
    },
  );

  test.each(["", "Greet", "a b", "/a", "a/", "a//b", ".", "..", "a/../b", "é", "a".repeat(256)])(
    "may not be named %j",
    (name) => {
      expect(() => defineService({ name })).toThrow(RangeError);
      expect(() => contractOf(name)).toThrow(/^a service name is .{1,400}$/);
    },
  );

  test("says when it is given a property that there is not", () => {
    const misspelt = { name: "greet", idempotant: true };
    expect(() => defineService(misspelt)).toThrow('a service has no property "idempotant"');
  });

  test.each([
    [{}, "name of a service must be a string, got undefined"],
    [{ name: "greet", version: 1 }, "version of a service must be a string, got number"],
    [{ name: "greet", idempotent: "no" }, "idempotent of a service must be a boolean"],
    [{ name: "greet", input: { type: "string" } }, "input must be a Standard Schema"],
    [{ name: "greet", output: "string" }, "output must be a Standard Schema"],
    [{ name: "greet", output: null }, "output must be a Standard Schema"],
  ])("says what is wrong with %j", (definition, message) => {
    const define = (): unknown => defineService(definition as { name: string });
    expect(define).toThrow(TypeError);
    expect(define).toThrow(message);
  });

  test.each([undefined, null, 5, {}])("is not %j", (service) => {
    const given = (): unknown => contractOf(service as never);
    expect(given).toThrow("a service is a name or what defineService makes, got ");
  });

  test.each(["1", "1.", ".1", "v1.0", "1.0.0", "-1.0", "1.0 ", "", "1234567.0"])(
    "may not have version %j",
    (version) => {
      expect(() => defineService({ name: "greet", version })).toThrow(RangeError);
    },
  );
});

test("a name is judged the same way whatever it is made of", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z./_-]{0,12}$/), (name) => {
      const segments = name.split("/");
      const expected =
        !/[A-Z]/.test(name) && segments.every((part) => !["", ".", ".."].includes(part));
      expect(isServiceName(name)).toBe(expected);
    }),
  );
});

describe("versions", () => {
  test("of one major are compatible when the provider's minor is not lower", () => {
    expect(isCompatible("1.2", "1.2")).toBe(true);
    expect(isCompatible("1.2", "1.3")).toBe(true);
    expect(isCompatible("1.2", "1.10")).toBe(true);
    expect(isCompatible("1.2", "1.1")).toBe(false);
    expect(isCompatible("1.2", "2.2")).toBe(false);
    expect(isCompatible("2.0", "1.9")).toBe(false);
  });

  test("are a partial order", () => {
    const version = fc.tuple(fc.nat(3), fc.nat(3)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(isCompatible(a, a)).toBe(true);
        if (isCompatible(a, b) && isCompatible(b, a)) expect(a).toBe(b);
        if (isCompatible(a, b) && isCompatible(b, c)) expect(isCompatible(a, c)).toBe(true);
      }),
    );
  });

  test("are numbers, not text", () => {
    expect(parseVersion("10.02")).toEqual({ major: 10, minor: 2 });
  });
});

describe("validation", () => {
  test("answers what the schema made of the value, at once", () => {
    expect(validate(person, { name: "Ada", extra: 1 }, "bad-request", "greet")).toEqual({
      name: "Ada",
    });
  });

  test("waits for a schema that takes its time", async () => {
    const slow = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) => Promise.resolve({ value: [value] }),
      },
    };
    expect(await validate(slow, 7, "bad-request", "greet")).toEqual([7]);
    const strict = { "~standard": { ...slow["~standard"], validate: refuseLate } };
    await expect(validate(strict, 7, "bad-request", "greet")).rejects.toThrow("not today");
  });

  test.each([
    ["bad-request", "request", "never"],
    ["bad-response", "response", "maybe"],
  ] as const)(
    "fails with %s, naming where and what, but not the value",
    (kind, what, delivered) => {
      expect(validate(person, { name: "" }, kind, "greet")).toEqual({ name: "" });
      const error = thrownBy(() => validate(person, { name: 5, secret: "s3cret" }, kind, "greet"));
      expect(error).toMatchObject({ kind, delivered });
      expect(String(error)).toContain(
        `${what} of "greet" does not match its contract: name: expected`,
      );
      expect(String(error)).not.toContain("s3cret");
    },
  );

  test("names no more than three issues, each with its path", () => {
    const issues = [1, 2, 3, 4].map((n) => ({ message: `wrong ${n}`, path: ["list", { key: n }] }));
    const strict = schema(() => ({ issues }));
    expect(() => validate(strict, 0, "bad-request", "greet")).toThrow(
      /: list\.1: wrong 1; list\.2: wrong 2; list\.3: wrong 3$/,
    );
  });
});

const refuseLate = (): Promise<{ issues: { message: string }[] }> =>
  Promise.resolve({ issues: [{ message: "not today" }] });

function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}
