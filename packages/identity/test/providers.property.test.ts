import { concatBytes, toHex } from "@selvage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CryptoProvider } from "../src/index.ts";
import { allProviders } from "./all-providers.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const data = fc.uint8Array({ maxLength: 1500 });

/** The different answers that the providers give to one computation. */
function answers(compute: (provider: CryptoProvider) => Uint8Array): string[] {
  return [...new Set(allProviders.map((provider) => toHex(compute(provider))))];
}

describe("all providers give the same bytes", () => {
  test("for hashes, keyed and shortened", () => {
    fc.assert(
      fc.property(
        data,
        fc.option(fc.uint8Array({ minLength: 1, maxLength: 32 }), { nil: undefined }),
        fc.integer({ min: 1, max: 32 }),
        (input, key, length) => {
          expect(answers((p) => p.blake2s(input, { key, length }))).toHaveLength(1);
        },
      ),
    );
  });

  test("for HMAC, which is RFC 2104 with a block of 64 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), data, (key, input) => {
        expect(answers((p) => p.hmacBlake2s(key, input))).toHaveLength(1);
        const [p] = allProviders as [CryptoProvider];
        const block = new Uint8Array(64);
        block.set(key.length > 64 ? p.blake2s(key) : key);
        const inner = p.blake2s(
          concatBytes(
            block.map((b) => b ^ 0x36),
            input,
          ),
        );
        const expected = p.blake2s(
          concatBytes(
            block.map((b) => b ^ 0x5c),
            inner,
          ),
        );
        expect(toHex(p.hmacBlake2s(key, input))).toBe(toHex(expected));
      }),
    );
  });

  test("for X25519 keys and secrets", () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (a, b) => {
        expect(answers((p) => p.x25519PublicKey(a))).toHaveLength(1);
        expect(answers((p) => p.x25519(a, p.x25519PublicKey(b)))).toHaveLength(1);
        expect(answers((p) => p.x25519(b, p.x25519PublicKey(a)))).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  test("for Ed25519 keys and signatures", () => {
    fc.assert(
      fc.property(bytes(32), data, (seed, message) => {
        expect(answers((p) => p.ed25519PublicKey(seed))).toHaveLength(1);
        expect(answers((p) => p.ed25519Sign(seed, message))).toHaveLength(1);
        const [signer] = allProviders as [CryptoProvider];
        const signature = signer.ed25519Sign(seed, message);
        for (const p of allProviders) {
          expect(p.ed25519Verify(signer.ed25519PublicKey(seed), message, signature)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("for sealed messages", () => {
    fc.assert(
      fc.property(bytes(32), bytes(12), fc.uint8Array({ maxLength: 64 }), data, (k, n, ad, m) => {
        expect(
          answers((p) => {
            const out = new Uint8Array(m.length + 16);
            p.aead(k).seal(n, ad, m, out, 0);
            return out;
          }),
        ).toHaveLength(1);
      }),
    );
  });
});

test("a verdict on a mangled signature is the same everywhere, and never an exception", () => {
  const flip = fc.record({ at: fc.nat({ max: 95 }), mask: fc.integer({ min: 1, max: 255 }) });
  const [signer] = allProviders as [CryptoProvider];
  fc.assert(
    fc.property(bytes(32), data, fc.array(flip, { maxLength: 3 }), (seed, message, flips) => {
      const publicKey = signer.ed25519PublicKey(seed);
      const mangled = concatBytes(publicKey, signer.ed25519Sign(seed, message));
      const original = toHex(mangled);
      for (const { at, mask } of flips) mangled[at] = (mangled[at] ?? 0) ^ mask;
      for (const p of allProviders) {
        const valid = p.ed25519Verify(mangled.subarray(0, 32), message, mangled.subarray(32));
        expect(valid, `by ${p.name}`).toBe(toHex(mangled) === original);
      }
    }),
    { numRuns: 100 },
  );
});
