import { readFileSync } from "node:fs";

import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";

import { decodePoint, decodeSample, encodePoint, encodeSample, type Sample } from "./sample.gen.ts";

const bytes = fc.uint8Array({ maxLength: 20 });
const text = fc.string({ unit: "binary", maxLength: 80 });
const uint32 = fc.nat({ max: 0xffff_ffff });
const sint32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const point = fc.record({ x: sint32, y: sint32 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const sample: fc.Arbitrary<Sample> = fc.record({
  id: bytes,
  name: text,
  active: fc.boolean(),
  count: uint32,
  offset: sint32,
  total: fc.double(),
  color: fc.nat({ max: 0x7fff_ffff }),
  origin: maybe(point),
  note: maybe(text),
  limit: maybe(uint32),
  seal: maybe(bytes),
  path: fc.array(point, { maxLength: 4 }),
  ports: fc.array(uint32, { maxLength: 8 }),
  weights: fc.array(fc.double(), { maxLength: 4 }),
  tags: fc.array(text, { maxLength: 4 }),
  keys: fc.array(bytes, { maxLength: 4 }),
  flags: fc.array(fc.boolean(), { maxLength: 4 }),
  deltas: fc.array(sint32, { maxLength: 4 }),
});

const reference = protobuf
  .parse(readFileSync(new URL("sample.proto", import.meta.url), "utf8"))
  .root.lookupType("Sample");

describe("a generated codec", () => {
  test("decodes what it encoded", () => {
    fc.assert(
      fc.property(sample, (message) => {
        expect(decodeSample(encodeSample(message))).toEqual(message);
      }),
    );
  });

  test("agrees with the reflective codec of protobufjs", () => {
    fc.assert(
      fc.property(sample, (message) => {
        const encoded = encodeSample(message);
        expect(new Uint8Array(reference.encode(reference.decode(encoded)).finish())).toEqual(
          encoded,
        );
        expect(decodeSample(reference.encode(message).finish())).toEqual(message);
      }),
    );
  });

  test("never reads a truncated message as the whole one", () => {
    fc.assert(
      fc.property(sample, (message) => {
        const encoded = encodeSample(message);
        for (let length = 0; length < encoded.length; length++) {
          try {
            const decoded = decodeSample(encoded.subarray(0, length));
            // Fields end on byte boundaries of their own, so a cut between two of them still parses.
            expect(encodeSample(decoded)).not.toEqual(encoded);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("answers garbage with a message or a RangeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
        try {
          decodeSample(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("skips fields of newer schemas", () => {
    fc.assert(
      fc.property(point, (message) => {
        const { Writer } = protobuf;
        const newer = new Writer()
          .uint32((3 << 3) | 2)
          .string("from the future")
          .uint32((4 << 3) | 1)
          .double(1)
          .uint32((5 << 3) | 5)
          .fixed32(1)
          .uint32((6 << 3) | 0)
          .uint32(1)
          .finish();
        const decoded = decodePoint(Buffer.concat([newer, encodePoint(message), newer]));
        expect(decoded).toEqual(message);
      }),
    );
  });
});
