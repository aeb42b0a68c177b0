import { nodeProvider } from "@selvage/identity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { PacketCipher } from "../src/session/packet-cipher.ts";
import { pattern, withBitFlipped } from "./world.ts";

/** The two ends of a session. */
function ends(): { readonly a: PacketCipher; readonly b: PacketCipher } {
  const crypto = nodeProvider();
  const [there, back] = [pattern(32), pattern(32).toReversed()];
  return {
    a: new PacketCipher({ crypto, sealKey: there, openKey: back, remoteIndex: 0xaaaa_aaaa }),
    b: new PacketCipher({ crypto, sealKey: back, openKey: there, remoteIndex: 0xbbbb_bbbb }),
  };
}

test("what one end seals the other opens, with its number", () => {
  const { a, b } = ends();
  for (let i = 0; i < 3; i++) {
    const { number, datagram } = a.seal(pattern(100 + i));
    expect(number).toBe(i);
    expect(b.open(datagram)).toMatchObject({
      number: i,
      isNewest: true,
      payload: pattern(100 + i),
    });
  }
  expect([a.nextNumber, b.nextNumber]).toEqual([3, 0]);
});

test("a packet opens once, although its bytes are the same", () => {
  const { a, b } = ends();
  const { datagram } = a.seal(pattern(10));
  expect(b.open(datagram.slice())).toBeDefined();
  expect(b.open(datagram.slice())).toBeUndefined();
});

test("packets open in any order, and only the highest so far is the newest", () => {
  const { a, b } = ends();
  const [first, second, third] = [a.seal(pattern(1)), a.seal(pattern(2)), a.seal(pattern(3))];
  const opened = [third, first, second].map(({ datagram }) => b.open(datagram));
  expect(opened.map((packet) => packet?.isNewest)).toEqual([true, false, false]);
});

test("an end does not open what it sealed itself", () => {
  const { a } = ends();
  expect(a.open(a.seal(pattern(10)).datagram)).toBeUndefined();
});

describe("a packet changed in any bit", () => {
  test("does not open, and leaves the original welcome", () => {
    const { a, b } = ends();
    const { datagram } = a.seal(pattern(40));
    for (let bit = 0; bit < 8 * datagram.length; bit++) {
      expect(b.open(withBitFlipped(datagram, bit))).toBeUndefined();
    }
    expect(b.open(datagram)?.payload).toEqual(pattern(40));
  });
});

test("arbitrary datagrams do not open and do not throw", () => {
  const { b } = ends();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 30, maxLength: 120 }), (datagram) => {
      expect(b.open(datagram)).toBeUndefined();
    }),
  );
});
