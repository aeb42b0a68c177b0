import { concatBytes, toHex } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { createPair, fixedEntropy, runHandshake, testKey } from "./noise-sides.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const payload = fc.uint8Array({ maxLength: 300 });

test("any two sides with the same pre-shared key and prologue agree", () => {
  fc.assert(
    fc.property(
      fc.tuple(key, key, key, key, key),
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(payload, payload, payload),
      ([staticI, staticR, ephemeralI, ephemeralR, psk], prologue, payloads) => {
        const pair = createPair(
          { staticPrivateKey: staticI, entropy: fixedEntropy(ephemeralI), psk, prologue },
          { staticPrivateKey: staticR, entropy: fixedEntropy(ephemeralR), psk, prologue },
        );
        const transcript = runHandshake(pair, payloads.map(toHex));
        expect(transcript.initiatorToResponder).not.toBe(transcript.responderToInitiator);
        expect(new Set(transcript.payloadHashes).size).toBe(3);
      },
    ),
    { numRuns: 30 },
  );
});

type Mangle = (message: Uint8Array) => Uint8Array;

/** Ways to spoil a message: flipped bits, lost or added bytes, or something else altogether. */
const mangle: fc.Arbitrary<Mangle> = fc.oneof(
  fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([at, mask]) => (message: Uint8Array) => {
      const changed = message.slice();
      const index = at % message.length;
      changed[index] = (changed[index] ?? 0) ^ mask;
      return changed;
    }),
  fc.nat().map((at) => (message: Uint8Array) => message.slice(0, at % message.length)),
  fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((more) => (message: Uint8Array) => concatBytes(message, more)),
  fc.uint8Array({ maxLength: 200 }).map((other) => () => other),
);

test("garbage is refused without an exception, and the true message still gets through", () => {
  fc.assert(
    fc.property(
      fc.array(mangle, { minLength: 1, maxLength: 4 }),
      fc.array(mangle, { minLength: 1, maxLength: 4 }),
      fc.array(mangle, { minLength: 1, maxLength: 4 }),
      (...mangles) => {
        const { initiator, responder } = createPair();
        const payloads = [testKey(1), testKey(2), testKey(3)];
        for (const [i, sent] of payloads.entries()) {
          const [writer, reader] = i % 2 === 0 ? [initiator, responder] : [responder, initiator];
          const message = writer.writeMessage(sent);
          for (const spoil of mangles[i] ?? []) {
            const spoilt = spoil(message);
            // X25519 ignores the top bit of an ephemeral key; the hash over it does not.
            expect(reader.readMessage(spoilt)).toBeUndefined();
          }
          expect(toHex(reader.readMessage(message)?.payload ?? testKey(0))).toBe(toHex(sent));
        }
        expect(toHex(initiator.split().initiatorToResponder)).toBe(
          toHex(responder.split().initiatorToResponder),
        );
      },
    ),
    { numRuns: 60 },
  );
});
