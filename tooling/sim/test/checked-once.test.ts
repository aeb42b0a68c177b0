import { type CryptoProvider, defaultProvider } from "@selvage/identity";
import { seededEntropy } from "@selvage/testing";
import { expect, test } from "vitest";

import { checkedOnce } from "../src/world/checked-once.ts";

const entropy = seededEntropy("checked-once");

/** A provider that counts how many signatures it checks. */
function counting(): { readonly crypto: CryptoProvider; checks: number } {
  const plain = defaultProvider();
  const counter = {
    checks: 0,
    crypto: checkedOnce({
      ...plain,
      ed25519Verify: (...parameters) => {
        counter.checks++;
        return plain.ed25519Verify(...parameters);
      },
    }),
  };
  return counter;
}

test("a signature is checked once, however often it is asked for", () => {
  const counter = counting();
  const seed = entropy.bytes(32);
  const message = entropy.bytes(100);
  const key = counter.crypto.ed25519PublicKey(seed);
  const signature = counter.crypto.ed25519Sign(seed, message);
  for (let i = 0; i < 3; i++) {
    const copy = message.slice();
    expect(counter.crypto.ed25519Verify(key, copy, signature.slice())).toBe(true);
    // What was kept is not what the caller may write to afterwards.
    copy.fill(0);
  }
  expect(counter.checks).toBe(1);
});

test("what was found out of one message or key says nothing of another", () => {
  const { crypto } = counting();
  const seed = entropy.bytes(32);
  const [message, other] = [entropy.bytes(20), entropy.bytes(20)];
  const key = crypto.ed25519PublicKey(seed);
  const signature = crypto.ed25519Sign(seed, message);
  const stranger = crypto.ed25519PublicKey(entropy.bytes(32));
  const asked = [
    [key, message, true],
    [key, other, false],
    [stranger, message, false],
    [key, message, true],
  ] as const;
  for (const [by, of, isValid] of asked) {
    expect(crypto.ed25519Verify(by, of, signature)).toBe(isValid);
  }
});
