import { fromUtf8, utf8 } from "@selvage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { jsonCodec } from "../src/index.ts";

describe("the JSON codec", () => {
  test("gives back what JSON can carry", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        expect(jsonCodec.decode(jsonCodec.encode(value))).toEqual(json);
      }),
    );
  });

  test("writes plain UTF-8 and nothing for undefined", () => {
    expect(fromUtf8(jsonCodec.encode({ grüße: ["…"] }))).toBe('{"grüße":["…"]}');
    expect(jsonCodec.encode(undefined)).toHaveLength(0);
    expect(jsonCodec.decode(new Uint8Array())).toBeUndefined();
  });

  test.each([
    ["a function", () => {}],
    ["a symbol", Symbol("x")],
    ["a bigint", 1n],
  ])("refuses %s", (_, value) => {
    expect(() => jsonCodec.encode(value)).toThrow(TypeError);
  });

  test.each([
    ["a promise", Promise.resolve(1), "JSON cannot carry a promise: await it first"],
    ["a generator", [1].values(), "JSON cannot carry an iterator"],
    ["an async iterable", new ReadableStream(), "JSON cannot carry an iterator"],
  ])("refuses %s, of which nothing would be left", (_, value, message) => {
    expect(() => jsonCodec.encode(value)).toThrow(message);
  });

  test("refuses a cycle", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => jsonCodec.encode(cycle)).toThrow(TypeError);
  });

  test("refuses to read what is no JSON or no UTF-8", () => {
    expect(() => jsonCodec.decode(utf8("{"))).toThrow(SyntaxError);
    expect(() => jsonCodec.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(TypeError);
  });
});
