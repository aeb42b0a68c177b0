import { fromHex, toHex } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { createPair, providers, runHandshake } from "./noise-sides.ts";

/**
 * Known answers for the keys of `noise-sides.ts`, made by a separate implementation in another
 * language that itself reproduces the published vector.
 */
const KNOWN = [
  {
    prologue: "73656c76616765",
    payloads: ["", "", ""],
    messages: [
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d4846693eb4f0656f61dd160dfa95ac55b3235",
      "883186b800b41d5cf0429695da9b3cc4f328ebcd184a6e482fa578c103f06c77fc7eb04484b68918ecfbe8fb6234e538103159d93fc8b8cfea5ca9b8b74b51eb20d70a61d29a2b4a38be557a1b28e8dcbeda36846de5180557a0a2832b0994b0",
      "ad6e7547ac82a75d323a7c54f89a1cd03b2d6043331edc2724aaebd25a89647ad3bb6c1aa102b458d4b15e65450c5c813bdbcbf5da6a13aa49d68717f3317e7b",
    ],
    payloadHashes: [
      "c066f52cbe58e83c8cffe0fbccbeb68855ef96e0da3dcefee5030ce663964f7d",
      "ee667c88a65fa4dc91a3448fb7c34d02bfaf8199818871e703b68018318f0ad1",
      "30189c594bda38c0ca5d0d970a8962ffe457776a9aa16792b96e9c19d4b49e1b",
    ],
    handshakeHash: "59b3fec870f4513e31b3d7bf13c80b459871cc58f50fa7f6fb66d28c227c87bf",
    initiatorToResponder: "102eb17999600e58fb3442dc3ffe54e976fcf4585664f1bcba1331b982f98752",
    responderToInitiator: "ad1e856e7ae02111e4eef8435b3f0e7e32b604fbc4855cb8fc3bcba709fb4cbc",
  },
  {
    prologue: "",
    payloads: [
      "68656c6c6f",
      "68656c6c6f206261636b",
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ],
    messages: [
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466f4e9ea9a9503a4d57a781d375de25e7130d0df4454",
      "883186b800b41d5cf0429695da9b3cc4f328ebcd184a6e482fa578c103f06c77fc7eb04484b68918ecfbe8fb6234e538103159d93fc8b8cfea5ca9b8b74b51eb8c5d2229cee0070db0c2f1c57b4819a00d1b19070bdfd55adacabd2bb4bfdeeb6b1050306e2ed8a9a43c",
      "ad6e7547ac82a75d323a7c54f89a1cd03b2d6043331edc2724aaebd25a89647a3612e0346972314bec6b8a28c70ea26a7009d053163bafff57ebb1b57e4bdc8b384cc73ee87c78be1ac3bf2e12886b42f5b98a8534a58c941e01cfee87a1b5e10189f5b6ab9e9ec0",
    ],
    payloadHashes: [
      "07c9b124b4869cdc7a0dda703fddad9f250ef85f08a74853976fa93b7a8aa61a",
      "8446746c452e099c103be1733d991a2e2e0f016800a9b67bfd65b02f35f3409f",
      "445c9d2ad313032c79fb0f5ef3ec73045afed0956df6ada3cf4456ef863a5ef9",
    ],
    handshakeHash: "d65a826ccf71e1f3406828bfe6dbd39d588728d34b3eaecc68f1c510953e3250",
    initiatorToResponder: "102eb17999600e58fb3442dc3ffe54e976fcf4585664f1bcba1331b982f98752",
    responderToInitiator: "ad1e856e7ae02111e4eef8435b3f0e7e32b604fbc4855cb8fc3bcba709fb4cbc",
  },
] as const;

describe.each(providers)("over the $name provider", (provider) => {
  test.each(KNOWN)("the handshake with prologue $prologue is known byte for byte", (known) => {
    const { prologue, payloads, ...transcript } = known;
    const pair = createPair({ provider, prologue: fromHex(prologue) });
    expect(runHandshake(pair, payloads)).toEqual(transcript);
  });
});

test("each side learns the other's static key, the initiator first", () => {
  const { initiator, responder } = createPair();
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  expect(initiator.remoteStaticKey).toBeUndefined();
  initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
  expect(toHex(initiator.remoteStaticKey ?? new Uint8Array(0))).toBe(
    "244fe3b963e899dd295baffce248d3530f3a9a7479ba063002680ebfe7adad49",
  );
  expect(responder.remoteStaticKey).toBeUndefined();
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  expect(toHex(responder.remoteStaticKey ?? new Uint8Array(0))).toBe(
    "5869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad5ad4a1a768f1a67b",
  );
});
