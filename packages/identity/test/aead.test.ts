import { toHex, utf8 } from "@selvage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { allProviders } from "./all-providers.ts";

const KEY = new Uint8Array(32).fill(7);
const NONCE = new Uint8Array(12).fill(9);
const AAD = utf8("header");
const NOTHING = new Uint8Array(0);

describe.each(allProviders)("an AEAD of the $name provider", (provider) => {
  const aead = provider.aead(KEY);
  const seal = (plaintext: Uint8Array): Uint8Array => {
    const out = new Uint8Array(plaintext.length + 16);
    aead.seal(NONCE, AAD, plaintext, out, 0);
    return out;
  };

  test("gives back what it sealed, of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (plaintext) => {
        const out = new Uint8Array(plaintext.length);
        expect(aead.open(NONCE, AAD, seal(plaintext), out)).toBe(true);
        expect(toHex(out)).toBe(toHex(plaintext));
      }),
    );
  });

  test("seals and opens in place, at odd offsets, and leaves the bytes around alone", () => {
    const plaintext = utf8("in place, please");
    const packet = new Uint8Array(5 + plaintext.length + 16 + 3).fill(0xee);
    packet.set(plaintext, 5);
    aead.seal(NONCE, AAD, packet.subarray(5, 5 + plaintext.length), packet, 5);
    const end = 5 + plaintext.length + 16;
    expect(toHex(packet.subarray(5, end))).toBe(toHex(seal(plaintext)));
    expect([...packet.subarray(0, 5), ...packet.subarray(end)]).toEqual(Array(8).fill(0xee));
    expect(aead.open(NONCE, AAD, packet.subarray(5, end), packet.subarray(5))).toBe(true);
    expect(toHex(packet.subarray(5, 5 + plaintext.length))).toBe(toHex(plaintext));
    expect([...packet.subarray(end)]).toEqual(Array(3).fill(0xee));
  });

  test("refuses a message with any one bit changed", () => {
    const sealed = seal(utf8("pay 10 to bob"));
    const out = new Uint8Array(sealed.length);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(aead.open(NONCE, AAD, changed, out), `bit ${bit}`).toBe(false);
    }
  });

  test("refuses another header, nonce or key, and a message cut short", () => {
    const sealed = seal(utf8("hello"));
    const out = new Uint8Array(sealed.length);
    expect(aead.open(NONCE, utf8("Header"), sealed, out)).toBe(false);
    expect(aead.open(NONCE, NOTHING, sealed, out)).toBe(false);
    expect(aead.open(new Uint8Array(12), AAD, sealed, out)).toBe(false);
    expect(provider.aead(new Uint8Array(32)).open(NONCE, AAD, sealed, out)).toBe(false);
    for (let length = 0; length < sealed.length; length++) {
      expect(aead.open(NONCE, AAD, sealed.subarray(0, length), out), `${length} bytes`).toBe(false);
    }
  });

  test("keeps its own copy of the key", () => {
    const key = KEY.slice();
    const kept = provider.aead(key);
    key.fill(0);
    expect(kept.open(NONCE, AAD, seal(utf8("hello")), new Uint8Array(5))).toBe(true);
  });

  test("names the argument that is wrong", () => {
    const out = new Uint8Array(20);
    expect(() => provider.aead(new Uint8Array(31))).toThrow(RangeError);
    expect(() => aead.seal(new Uint8Array(11), AAD, NOTHING, out, 0)).toThrow(/nonce must be 12/);
    expect(() => aead.seal(NONCE, AAD, utf8("hello"), out, 0)).toThrow(/out needs 21 bytes/);
    expect(() => aead.seal(NONCE, AAD, NOTHING, out, 5)).toThrow(/out needs 16 bytes from 5/);
    expect(() => aead.seal(NONCE, AAD, NOTHING, out, -1)).toThrow(RangeError);
    expect(() => aead.open(NONCE, AAD, seal(utf8("hello")), new Uint8Array(4))).toThrow(
      /out needs 5 bytes, has 4/,
    );
    expect(() => aead.open(new Uint8Array(24), AAD, seal(NOTHING), out)).toThrow(RangeError);
  });
});
