import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  describeMessage,
  HEADER_BYTES,
  isMessage,
  makeMessage,
  type MessageId,
  readMessageId,
} from "../src/transport/payload.ts";

const anyId: fc.Arbitrary<MessageId> = fc.record({
  stream: fc.integer({ min: 1, max: 100_000 }),
  side: fc.constantFrom("opener", "handler"),
  index: fc.integer({ min: 0, max: 10_000 }),
});
const anyLength = fc.oneof(fc.nat(40), fc.nat(3_000), fc.nat(200_000));

describe("a message", () => {
  test("is itself, and says which one it is if it has room for that", () => {
    fc.assert(
      fc.property(anyId, anyLength, (id, length) => {
        const message = makeMessage(id, length);
        expect(isMessage(message, id, length)).toBe(true);
        expect(readMessageId(message)).toEqual(length >= HEADER_BYTES ? id : undefined);
      }),
    );
  });

  test("is no other one", () => {
    fc.assert(
      fc.property(anyId, anyId, fc.integer({ min: HEADER_BYTES, max: 3_000 }), (a, b, length) => {
        fc.pre(a.stream !== b.stream || a.side !== b.side || a.index !== b.index);
        expect(isMessage(makeMessage(a, length), b, length)).toBe(false);
      }),
    );
  });

  test("is not itself with a bit changed, a piece moved, or a byte more or less", () => {
    fc.assert(
      fc.property(anyId, fc.integer({ min: 3_000, max: 200_000 }), fc.nat(), (id, length, at) => {
        const message = makeMessage(id, length);
        const place = at % (length - 2_400);
        const flipped = message.with(place, (message[place] ?? 0) ^ 1);
        const moved = message.slice();
        moved.copyWithin(place, place + 1_150, place + 2_300);
        expect(isMessage(flipped, id, length)).toBe(false);
        expect(isMessage(moved, id, length)).toBe(false);
        expect(isMessage(message.subarray(1), id, length)).toBe(false);
        expect(isMessage(message, id, length + 1)).toBe(false);
      }),
    );
  });
});

test("what arrives is described by what it says of itself", () => {
  const message = makeMessage({ stream: 12, side: "handler", index: 3 }, 40);
  expect(describeMessage(message)).toBe(
    "40 bytes that begin like message 3 of the handler of stream 12",
  );
  expect(describeMessage(message.subarray(1))).toBe("39 bytes that nobody can place");
});
