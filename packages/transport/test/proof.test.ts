import { toHex } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  MAX_ADDRESS_LENGTH,
  MAX_ADDRESSES,
  type OwnProof,
  type PeerProof,
  readProof,
  writeProof,
} from "../src/handshake/proof.ts";
import {
  decodeHandshakeProof,
  encodeHandshakeProof,
  type HandshakeProof,
  type TransportParameters,
} from "../src/wire/handshake.gen.ts";
import { identityOf, pattern } from "./world.ts";

const crypto = nodeProvider();
const identity = identityOf("speaker");
const staticKey = identity.noiseStaticKey.publicKey;
const hash = pattern(32);
const ROOM = 1_000;
const parameters: TransportParameters = {
  streamWindowBytes: 65_536,
  maxOpenStreams: 1_024,
  maxMessageBytes: 16_777_216,
  maxAckDelayMs: 5,
  receiveBudgetBytes: 79_872,
};
const own: OwnProof = {
  identity,
  bootId: pattern(16),
  parameters,
  addresses: () => ["10.0.0.1:7000"],
};

const read = (payload: Uint8Array): PeerProof | undefined =>
  readProof(crypto, payload, "initiator", hash, staticKey);

/** The speaker's proof with fields replaced; the signature covers none of them. */
function altered(change: Partial<HandshakeProof>): Uint8Array {
  return encodeHandshakeProof({
    ...decodeHandshakeProof(writeProof(own, "initiator", hash, ROOM)),
    ...change,
  });
}

test("a proof says who speaks, in which life, on what terms, and where it can be dialled", () => {
  expect(read(writeProof(own, "initiator", hash, ROOM))).toEqual({
    nodeId: identity.nodeId,
    entityId: identity.entityId,
    bootId: toHex(pattern(16)),
    parameters,
    addresses: ["10.0.0.1:7000"],
  });
});

test("addresses are asked for at each handshake", () => {
  let port = 0;
  const moving = { ...own, addresses: () => [`10.0.0.1:${++port}`] };
  expect(read(writeProof(moving, "initiator", hash, ROOM))?.addresses).toEqual(["10.0.0.1:1"]);
  expect(read(writeProof(moving, "initiator", hash, ROOM))?.addresses).toEqual(["10.0.0.1:2"]);
});

describe("addresses that do not fit", () => {
  const long = Array.from({ length: 20 }, (_, i) => `${"a".repeat(255)}${10 + i}:7000`);
  const many = { ...own, addresses: () => long };
  const named = (maxBytes: number): readonly string[] | undefined =>
    read(writeProof(many, "initiator", hash, maxBytes))?.addresses;

  test("are left out, the last ones first, and no more of them than need be", () => {
    const length = (count: number): number =>
      writeProof({ ...own, addresses: () => long.slice(0, count) }, "initiator", hash, 1e6).length;
    for (let count = 0; count < MAX_ADDRESSES; count++) {
      expect(named(length(count))).toEqual(long.slice(0, count));
      expect(named(length(count + 1) - 1)).toEqual(long.slice(0, count));
    }
  });

  test("are never more than a peer takes", () => {
    expect(named(1e6)).toEqual(long.slice(0, MAX_ADDRESSES));
  });

  test("are left out altogether where there is no room, and the proof stands", () => {
    expect(named(0)).toEqual([]);
  });
});

describe("a proof is worth nothing", () => {
  const payload = writeProof(own, "initiator", hash, ROOM);

  test("in the other role", () => {
    expect(readProof(crypto, payload, "responder", hash, staticKey)).toBeUndefined();
  });

  test("in another handshake", () => {
    expect(
      readProof(crypto, payload, "initiator", pattern(32).toReversed(), staticKey),
    ).toBeUndefined();
  });

  test("with another static key", () => {
    const other = identityOf("other").noiseStaticKey.publicKey;
    expect(readProof(crypto, payload, "initiator", hash, other)).toBeUndefined();
  });

  test.each<[string, Partial<HandshakeProof>]>([
    ["somebody else's key", { entityKey: identityOf("other").entityId }],
    ["a key of another length", { entityKey: pattern(31) }],
    ["a signature of another length", { signature: pattern(63) }],
    ["another signature", { signature: pattern(64) }],
    ["a boot id of another length", { bootId: pattern(15) }],
    ["no parameters", { parameters: undefined }],
    ["a window that no message fits into", { parameters: { ...parameters, streamWindowBytes: 9 } }],
    ["no stream allowed", { parameters: { ...parameters, maxOpenStreams: 0 } }],
    ["no message allowed", { parameters: { ...parameters, maxMessageBytes: 0 } }],
    ["ACKs held back for ever", { parameters: { ...parameters, maxAckDelayMs: 1_001 } }],
    ["a budget below a few packets", { parameters: { ...parameters, receiveBudgetBytes: 100 } }],
    ["versions of which we speak none", { minVersion: 2, maxVersion: 3 }],
    ["a range without any version", { minVersion: 3, maxVersion: 1 }],
    ["an empty address", { addresses: [""] }],
    ["an endless address", { addresses: ["a".repeat(MAX_ADDRESS_LENGTH + 1)] }],
    ["too many addresses", { addresses: Array.from({ length: MAX_ADDRESSES + 1 }, () => "a:1") }],
  ])("with %s", (_, change) => {
    expect(read(altered({}))).toBeDefined();
    expect(read(altered(change))).toBeUndefined();
  });

  test("as arbitrary bytes, which never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(255), (bytes, at, byte) => {
        expect(read(bytes)).toBeUndefined();
        expect(() => read(payload.with(at % payload.length, byte))).not.toThrow();
      }),
    );
  });
});
