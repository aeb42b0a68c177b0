import { fromHex, toHex, type Entropy } from "@selvage/core";
import {
  nobleProvider,
  nodeProvider,
  sodiumProvider,
  type CryptoProvider,
} from "@selvage/identity";

import {
  createNoiseInitiator,
  createNoiseResponder,
  type NoiseConfig,
  type NoiseHandshake,
} from "../src/noise/index.ts";

/** Every provider there is; the handshake must not depend on which. */
export const providers: readonly CryptoProvider[] = [
  sodiumProvider() ?? nodeProvider(),
  nodeProvider(),
  nobleProvider(),
];

const provider: CryptoProvider = nodeProvider();

/** Entropy that gives out what it is told, once, and fails beyond. */
export function fixedEntropy(...values: readonly Uint8Array[]): Entropy {
  const left = [...values];
  return {
    bytes: (length) => {
      const value = left.shift();
      if (value?.length !== length) throw new Error(`no ${length} fixed bytes left`);
      return value;
    },
  };
}

/** 32 consecutive byte values: a key for tests. */
export function testKey(first: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (first + i) % 256);
}

/** The configuration of one side, with keys for tests where nothing else is given. */
export function sideConfig(
  role: "initiator" | "responder",
  overrides: Partial<NoiseConfig> & { readonly staticPrivateKey?: Uint8Array } = {},
): NoiseConfig {
  const { staticPrivateKey: privateKey = testKey(role === "initiator" ? 33 : 97), ...rest } =
    overrides;
  return {
    provider,
    entropy: fixedEntropy(testKey(role === "initiator" ? 65 : 129)),
    staticKey: {
      privateKey,
      publicKey: (rest.provider ?? provider).x25519PublicKey(privateKey),
    },
    psk: testKey(1),
    prologue: new Uint8Array(0),
    ...rest,
  };
}

/** A fresh pair of sides that would agree. */
export function createPair(
  initiator: Parameters<typeof sideConfig>[1] = {},
  responder: Parameters<typeof sideConfig>[1] = initiator,
): { readonly initiator: NoiseHandshake; readonly responder: NoiseHandshake } {
  return {
    initiator: createNoiseInitiator(sideConfig("initiator", initiator)),
    responder: createNoiseResponder(sideConfig("responder", responder)),
  };
}

/** One handshake written out in hexadecimal. */
export interface Transcript {
  readonly messages: readonly string[];
  readonly payloadHashes: readonly string[];
  readonly handshakeHash: string;
  readonly initiatorToResponder: string;
  readonly responderToInitiator: string;
}

/** Runs a whole handshake, checking at each message that both sides see the same. */
export function runHandshake(
  sides: { readonly initiator: NoiseHandshake; readonly responder: NoiseHandshake },
  payloads: readonly string[],
): Transcript {
  const messages: string[] = [];
  const payloadHashes: string[] = [];
  for (const [i, payload] of payloads.entries()) {
    const [writer, reader] =
      i % 2 === 0 ? [sides.initiator, sides.responder] : [sides.responder, sides.initiator];
    const message = writer.writeMessage((hash) => {
      payloadHashes.push(toHex(hash));
      return fromHex(payload);
    });
    messages.push(toHex(message));
    const read = reader.readMessage(message);
    if (read === undefined) throw new Error(`message ${i + 1} was refused`);
    if (toHex(read.payload) !== payload) throw new Error(`message ${i + 1} was read differently`);
    if (toHex(read.hash) !== payloadHashes[i]) throw new Error(`hash ${i + 1} differs`);
  }
  const [keys, otherKeys] = [sides.initiator.split(), sides.responder.split()];
  if (toHex(keys.initiatorToResponder) !== toHex(otherKeys.initiatorToResponder)) {
    throw new Error("the sides disagree about the keys");
  }
  return {
    messages,
    payloadHashes,
    handshakeHash: toHex(sides.initiator.handshakeHash),
    initiatorToResponder: toHex(keys.initiatorToResponder),
    responderToInitiator: toHex(otherKeys.responderToInitiator),
  };
}
