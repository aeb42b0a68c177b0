import { nodeProvider } from "@selvage/identity";
import { ManualClock, seededEntropy } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { CookieMaker, openCookie, sealCookie, writeCookieMac } from "../src/handshake/cookies.ts";
import { writeInit } from "../src/handshake/packets.ts";
import { BODY_AT, derivePskKeys, macOf, sealMac } from "../src/handshake/psk-keys.ts";
import { pattern, PSK, withBitFlipped } from "./world.ts";

const crypto = nodeProvider();
const keys = derivePskKeys(crypto, PSK);
const HERE = "10.0.0.1:7000";

function maker(): { readonly clock: ManualClock; readonly cookies: CookieMaker } {
  const clock = new ManualClock();
  return { clock, cookies: new CookieMaker({ clock, entropy: seededEntropy(1), crypto }) };
}

describe("a cookie", () => {
  test("belongs to one source", () => {
    const { cookies } = maker();
    const all = [HERE, "10.0.0.1:7001", "10.0.0.2:7000", `relay:aa/${HERE}`].map((source) =>
      cookies.cookieFor(source).join(),
    );
    expect(new Set(all).size).toBe(4);
    expect(cookies.cookieFor(HERE).join()).toBe(all[0]);
  });

  test("belongs to the node that made it", () => {
    const clock = new ManualClock();
    const [one, other] = [1, 2].map((seed) =>
      new CookieMaker({ clock, entropy: seededEntropy(seed), crypto }).cookieFor(HERE),
    );
    expect(one).not.toEqual(other);
  });

  test("is good for two minutes at most", async () => {
    const { clock, cookies } = maker();
    const init = writeInit(1, pattern(50));
    writeCookieMac(crypto, cookies.cookieFor(HERE), init);
    await clock.advance(119_999);
    expect(cookies.isProven(init, HERE)).toBe(true);
    await clock.advance(1);
    expect(cookies.isProven(init, HERE)).toBe(false);
  });
});

describe("a message 1", () => {
  test("proves its source by the cookie mac, and no other source", () => {
    const { cookies } = maker();
    const init = writeInit(1, pattern(50));
    expect(cookies.isProven(init, HERE)).toBe(false);
    writeCookieMac(crypto, cookies.cookieFor(HERE), init);
    expect([HERE, "10.0.0.1:7001"].map((source) => cookies.isProven(init, source))).toEqual([
      true,
      false,
    ]);
    sealMac(crypto, keys, init);
    expect(cookies.isProven(init, HERE)).toBe(true);
  });

  test("proves nothing when any bit of it or of its cookie mac was changed", () => {
    const { cookies } = maker();
    const init = writeInit(1, pattern(50));
    writeCookieMac(crypto, cookies.cookieFor(HERE), init);
    const bits = [0, 8, 8 * BODY_AT, 8 * (BODY_AT + 15), 8 * (BODY_AT + 16), 8 * init.length - 1];
    for (const bit of bits) {
      expect(cookies.isProven(withBitFlipped(init, bit), HERE)).toBe(false);
    }
  });
});

describe("a sealed cookie", () => {
  const nonce = pattern(24);
  const init = writeInit(1, pattern(50));
  sealMac(crypto, keys, init);
  const mac1 = macOf(init);
  const cookie = pattern(16);
  const sealed = sealCookie(crypto, keys, { nonce, mac1, cookie });

  test("is opened by whoever has the key and sent the message", () => {
    expect(openCookie(crypto, keys, { nonce, mac1, sealed })).toEqual(cookie);
  });

  test("shows nothing of the cookie", () => {
    expect(Buffer.from(sealed).includes(Buffer.from(cookie.subarray(0, 4)))).toBe(false);
    const other = sealCookie(crypto, keys, { nonce: nonce.toReversed(), mac1, cookie });
    expect(other).not.toEqual(sealed);
  });

  test("is worth nothing to others, as an answer to another message, or changed", () => {
    const others = derivePskKeys(crypto, pattern(32));
    expect(openCookie(crypto, others, { nonce, mac1, sealed })).toBeUndefined();
    const wrong = [
      { nonce, mac1: withBitFlipped(mac1, 0), sealed },
      { nonce: withBitFlipped(nonce, 191), mac1, sealed },
      { nonce, mac1, sealed: withBitFlipped(sealed, 7) },
      { nonce, mac1, sealed: withBitFlipped(sealed, 255) },
    ];
    for (const seal of wrong) expect(openCookie(crypto, keys, seal)).toBeUndefined();
  });
});
