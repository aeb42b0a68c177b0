import { fromHex, toHex } from "@selvage/core";
import type { Aead } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { NOISE_PROTOCOL_NAME } from "../src/noise/index.ts";
import { createPair, fixedEntropy, providers, runHandshake } from "./noise-sides.ts";
import { readSharedVectors } from "./shared-vectors.ts";

/** The format of the Noise wiki's test vectors, as far as it is used. */
interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks: readonly [string];
  readonly init_static: string;
  readonly init_ephemeral: string;
  readonly resp_prologue: string;
  readonly resp_psks: readonly [string];
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const published = readSharedVectors("noise-xxpsk3.json") as
  | { readonly vectors: readonly Vector[] }
  | undefined;

/** Message `count` in one direction after the handshake, by Noise's own transport rules (§5.1). */
function sealTransport(aead: Aead, count: number, plaintext: Uint8Array): string {
  const nonce = new Uint8Array(12);
  nonce[4] = count;
  const sealed = new Uint8Array(plaintext.length + 16);
  aead.seal(nonce, new Uint8Array(0), plaintext, sealed, 0);
  return toHex(sealed);
}

describe.runIf(published !== undefined).each(providers)("over the $name provider", (provider) => {
  test.each(published?.vectors ?? [])("the published vector is met: $protocol_name", (vector) => {
    expect(vector.protocol_name).toBe(NOISE_PROTOCOL_NAME);
    const pair = createPair(
      {
        provider,
        entropy: fixedEntropy(fromHex(vector.init_ephemeral)),
        staticPrivateKey: fromHex(vector.init_static),
        psk: fromHex(vector.init_psks[0]),
        prologue: fromHex(vector.init_prologue),
      },
      {
        provider,
        entropy: fixedEntropy(fromHex(vector.resp_ephemeral)),
        staticPrivateKey: fromHex(vector.resp_static),
        psk: fromHex(vector.resp_psks[0]),
        prologue: fromHex(vector.resp_prologue),
      },
    );
    const handshake = vector.messages.slice(0, 3);
    const transcript = runHandshake(
      pair,
      handshake.map(({ payload }) => payload),
    );
    expect(transcript.messages).toEqual(handshake.map(({ ciphertext }) => ciphertext));
    expect(transcript.handshakeHash).toBe(vector.handshake_hash);

    const toResponder = provider.aead(fromHex(transcript.initiatorToResponder));
    const toInitiator = provider.aead(fromHex(transcript.responderToInitiator));
    for (const [i, { payload, ciphertext }] of vector.messages.slice(3).entries()) {
      // The messages alternate on, so the responder is next.
      const aead = i % 2 === 0 ? toInitiator : toResponder;
      expect(sealTransport(aead, Math.floor(i / 2), fromHex(payload))).toBe(ciphertext);
    }
  });
});
