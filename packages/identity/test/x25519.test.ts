import { fromHex, toHex } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { isIdentityError } from "../src/index.ts";
import { allProviders } from "./all-providers.ts";

/** Every u coordinate of small order, reduced and not (see https://cr.yp.to/ecdh.html#validate). */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

const PRIVATE = new Uint8Array(32).fill(0x42);

describe.each(allProviders)("X25519 of the $name provider", (provider) => {
  test("refuses public keys of small order with kind weak-key, top bit set or not", () => {
    for (const u of SMALL_ORDER) {
      for (const topBit of [0, 0x80]) {
        const publicKey = u.slice();
        publicKey[31] = (publicKey[31] ?? 0) | topBit;
        let thrown: unknown;
        try {
          provider.x25519(PRIVATE, publicKey);
        } catch (error) {
          thrown = error;
        }
        expect(isIdentityError(thrown, "weak-key"), `u = ${toHex(publicKey)}`).toBe(true);
        expect(String(thrown)).not.toContain(toHex(PRIVATE));
      }
    }
  });

  test("takes a u coordinate that is not reduced for what it is modulo p", () => {
    // p + 9 and 9, the base point.
    const unreduced = fromHex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    expect(toHex(provider.x25519(PRIVATE, unreduced))).toBe(
      toHex(provider.x25519PublicKey(PRIVATE)),
    );
  });

  test("names the key whose length is wrong", () => {
    expect(() => provider.x25519PublicKey(new Uint8Array(31))).toThrow(/privateKey must be 32/);
    expect(() => provider.x25519(new Uint8Array(33), PRIVATE)).toThrow(/privateKey must be 32/);
    expect(() => provider.x25519(PRIVATE, new Uint8Array(0))).toThrow(/publicKey must be 32/);
  });
});
