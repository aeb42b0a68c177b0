import { nodeProvider } from "@selvage/identity";
import fc from "fast-check";
import { expect, test } from "vitest";

import { readKeyPhaseBit } from "../src/packet/header.ts";
import { PacketCipher } from "../src/session/packet-cipher.ts";
import { pattern } from "./world.ts";

function ends(): { readonly a: PacketCipher; readonly b: PacketCipher } {
  const crypto = nodeProvider();
  const [there, back] = [pattern(32), pattern(32).toReversed()];
  return {
    a: new PacketCipher({ crypto, sealKey: there, openKey: back, remoteIndex: 1 }),
    b: new PacketCipher({ crypto, sealKey: back, openKey: there, remoteIndex: 2 }),
  };
}

/** Carries one packet over; answers whether it opened. */
const carry = (from: PacketCipher, to: PacketCipher): boolean =>
  to.open(from.seal(pattern(20)).datagram) !== undefined;

test("a phase begins only after a packet of the present one was acknowledged", () => {
  const { a } = ends();
  a.seal(pattern(1));
  expect([a.update(-1), a.phase]).toEqual([false, 0]);
  expect([a.update(0), a.phase]).toEqual([true, 1]);
});

test("the other end follows with its next packet, and so on for ever", () => {
  const { a, b } = ends();
  for (let phase = 1; phase <= 5; phase++) {
    expect(carry(a, b)).toBe(true);
    expect(carry(b, a)).toBe(true);
    expect(a.update(a.nextNumber - 1)).toBe(true);
    expect(carry(a, b)).toBe(true);
    expect([a.phase, b.phase]).toEqual([phase, phase]);
    expect(carry(b, a)).toBe(true);
    for (const end of [a, b]) end.forgetPrevious();
  }
});

test("packet numbers run on, and the phase shows in the header's lowest bit", () => {
  const { a } = ends();
  expect(
    [a.seal(pattern(1))].map(({ number, datagram }) => [number, readKeyPhaseBit(datagram)]),
  ).toEqual([[0, 0]]);
  a.update(0);
  const { number, datagram } = a.seal(pattern(1));
  expect([number, readKeyPhaseBit(datagram), a.sentInPhase]).toEqual([1, 1, 1]);
});

test("no second phase begins before the peer has followed and the old key was let go", () => {
  const { a, b } = ends();
  carry(a, b);
  expect(a.update(0)).toBe(true);
  carry(a, b);
  expect(a.update(1)).toBe(false);
  carry(b, a);
  expect(a.update(1)).toBe(false);
  a.forgetPrevious();
  expect(a.update(1)).toBe(true);
});

test("what was overtaken opens under the old key while that is kept, and not after", () => {
  const { a, b } = ends();
  carry(a, b);
  const [late, later] = [a.seal(pattern(9)).datagram, a.seal(pattern(9)).datagram];
  a.update(0);
  carry(a, b);
  expect(b.open(late)).toBeDefined();
  b.forgetPrevious();
  expect(b.open(later)).toBeUndefined();
});

test("both ends may begin the same phase at once", () => {
  const { a, b } = ends();
  carry(a, b);
  carry(b, a);
  expect([a.update(0), b.update(0)]).toEqual([true, true]);
  expect([carry(a, b), carry(b, a)]).toEqual([true, true]);
  expect([a.phase, b.phase]).toEqual([1, 1]);
});

test("a flipped phase bit opens nothing and moves nothing", () => {
  const { a, b } = ends();
  const { datagram } = a.seal(pattern(30));
  const forged = datagram.with(2, 1);
  expect(b.open(forged)).toBeUndefined();
  expect([b.phase, b.failures, b.keepsPrevious]).toEqual([0, 1, false]);
  expect(b.open(datagram)).toBeDefined();
});

test("whatever the order of packets and updates, everything opens once while old keys are kept", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ update: fc.boolean(), hold: fc.boolean() }), { maxLength: 60 }),
      (steps) => {
        const { a, b } = ends();
        let held: Uint8Array[] = [];
        for (const { update, hold } of steps) {
          const { datagram } = a.seal(pattern(5));
          if (hold) held.push(datagram);
          else expect(b.open(datagram)).toBeDefined();
          if (!update) continue;
          // Before a key is let go, what was sent under it has arrived.
          for (const late of held) expect(b.open(late)).toBeDefined();
          held = [];
          carry(b, a);
          for (const end of [a, b]) end.forgetPrevious();
          a.update(a.nextNumber - 1);
        }
        expect(a.phase - b.phase).toBeLessThanOrEqual(1);
      },
    ),
  );
});
