import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";

import { COLOR_BLUE, decodePoint, decodeSample, encodePoint, encodeSample } from "./sample.gen.ts";

const { Writer } = protobuf;
const empty = decodeSample(new Uint8Array(0));

describe("a generated codec", () => {
  test("gives zero values, absent options and empty lists for an empty message", () => {
    expect(empty).toEqual({
      id: new Uint8Array(0),
      name: "",
      active: false,
      count: 0,
      offset: 0,
      total: 0,
      color: 0,
      path: [],
      ports: [],
      weights: [],
      tags: [],
      keys: [],
      flags: [],
      deltas: [],
    });
    expect(encodeSample(empty)).toHaveLength(0);
  });

  test("keeps an optional zero apart from an absent one", () => {
    expect(decodeSample(encodeSample({ ...empty, limit: 0 })).limit).toBe(0);
    expect(decodeSample(encodeSample(empty)).limit).toBeUndefined();
  });

  test("exports enum values as numbers", () => {
    expect(decodeSample(encodeSample({ ...empty, color: COLOR_BLUE })).color).toBe(5);
  });

  test.each([
    [
      "a Buffer",
      Buffer.from(encodeSample({ ...empty, id: Uint8Array.of(1, 2), keys: [Uint8Array.of(3)] })),
    ],
    ["a Uint8Array", encodeSample({ ...empty, id: Uint8Array.of(1, 2), keys: [Uint8Array.of(3)] })],
  ])("copies bytes out of %s", (_, encoded) => {
    const decoded = decodeSample(encoded);
    encoded.fill(0xff);
    expect(decoded.id).toEqual(Uint8Array.of(1, 2));
    expect(decoded.keys).toEqual([Uint8Array.of(3)]);
    expect(decoded.id.buffer.byteLength).toBe(2);
  });

  test.each([
    ["a string where a number belongs", new Writer().uint32((4 << 3) | 2).string("4")],
    ["a number where bytes belong", new Writer().uint32((1 << 3) | 0).uint32(4)],
    ["a length past the end", new Writer().uint32((1 << 3) | 2).uint32(0xffff_ffff)],
    ["field number 0", new Writer().uint32(2).uint32(0)],
    ["an open group", new Writer().uint32((99 << 3) | 3)],
    ["a stray end of group", new Writer().uint32((99 << 3) | 4)],
    ["an unknown wire type", new Writer().uint32((99 << 3) | 7)],
    ["text that is not UTF-8", new Writer().uint32((2 << 3) | 2).bytes(Uint8Array.of(0xc3, 0x28))],
    ["a cut-off nested message", new Writer().uint32((8 << 3) | 2).bytes(Uint8Array.of(8))],
  ])("refuses %s", (_, writer) => {
    expect(() => decodeSample(writer.finish())).toThrow(RangeError);
  });

  test("bounds repeated fields in both directions", () => {
    const nine = Array.from({ length: 9 }, (_, index) => index);
    expect(() => encodeSample({ ...empty, ports: nine })).toThrow(
      /Sample\.ports must have at most 8/,
    );
    const packed = new Writer().uint32((13 << 3) | 2).fork();
    for (const port of nine) packed.uint32(port);
    expect(() => decodeSample(packed.ldelim().finish())).toThrow(
      /Sample\.ports must have at most 8/,
    );
    const single = new Writer();
    for (const port of nine) single.uint32((13 << 3) | 0).uint32(port);
    expect(() => decodeSample(single.finish())).toThrow(/Sample\.ports must have at most 8/);
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])("does not wrap %d into a uint32", (count) => {
    expect(() => encodeSample({ ...empty, count })).toThrow(/Sample\.count must be a 32-bit/);
  });

  test.each([2 ** 31, -(2 ** 31) - 1, 0.5])("does not wrap %d into a sint32", (x) => {
    expect(() => encodePoint({ x, y: 0 })).toThrow(/Point\.x must be a 32-bit/);
  });

  test("names the path to what is malformed", () => {
    const outer = new Writer()
      .uint32((8 << 3) | 2)
      .bytes(Uint8Array.of(8))
      .finish();
    expect(() => decodeSample(outer)).toThrow(/^malformed Sample: malformed Point: /);
    expect(() => decodePoint(Uint8Array.of(8))).toThrow(/^malformed Point: /);
  });
});
