import { fromHex, toHex, utf8 } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import {
  createNoiseInitiator,
  createNoiseResponder,
  NOISE_MESSAGE_1_OVERHEAD_BYTES,
  NOISE_MESSAGE_2_OVERHEAD_BYTES,
  NOISE_MESSAGE_3_OVERHEAD_BYTES,
} from "../src/noise/index.ts";
import { createPair, fixedEntropy, runHandshake, sideConfig, testKey } from "./noise-sides.ts";

const NOTHING = new Uint8Array(0);

test("each message is longer than its payload by its documented overhead", () => {
  const { initiator, responder } = createPair();
  const payload = utf8("payload");
  const first = initiator.writeMessage(payload);
  responder.readMessage(first);
  const second = responder.writeMessage(payload);
  initiator.readMessage(second);
  const third = initiator.writeMessage(payload);
  expect([first, second, third].map(({ length }) => length - payload.length)).toEqual([
    NOISE_MESSAGE_1_OVERHEAD_BYTES,
    NOISE_MESSAGE_2_OVERHEAD_BYTES,
    NOISE_MESSAGE_3_OVERHEAD_BYTES,
  ]);
});

test("a responder with another pre-shared key refuses message 3", () => {
  const { initiator, responder } = createPair({}, { psk: testKey(2) });
  responder.readMessage(initiator.writeMessage(NOTHING));
  initiator.readMessage(responder.writeMessage(NOTHING));
  expect(responder.readMessage(initiator.writeMessage(NOTHING))).toBeUndefined();
  expect(responder.finished).toBe(false);
});

test("a responder with another prologue refuses message 1", () => {
  const { initiator, responder } = createPair({ prologue: utf8("a") }, { prologue: utf8("b") });
  expect(responder.readMessage(initiator.writeMessage(NOTHING))).toBeUndefined();
});

test("one handshake's messages mean nothing to another", () => {
  const one = createPair();
  const other = createPair({ entropy: fixedEntropy(testKey(7)) });
  one.responder.readMessage(one.initiator.writeMessage(NOTHING));
  other.initiator.writeMessage(NOTHING);
  const second = one.responder.writeMessage(NOTHING);
  expect(other.initiator.readMessage(second)).toBeUndefined();
  expect(one.initiator.readMessage(second)).toBeDefined();
});

test.each(["00".repeat(32), `01${"00".repeat(31)}`])(
  "an ephemeral key of small order is garbage, though all else about its message is right: %s",
  (u) => {
    // Such a key makes the first shared secret zero, so that anyone could seal message 2.
    const forgedKey = fromHex(u);
    const zero = new Uint8Array(32);
    const config = sideConfig("responder");
    const { provider } = config;
    const forger = createNoiseResponder({
      ...config,
      provider: {
        ...provider,
        x25519PublicKey: () => forgedKey,
        x25519: (own, remote) =>
          toHex(own) === toHex(config.staticKey.privateKey) ? provider.x25519(own, remote) : zero,
      },
    });
    const careless: CryptoProvider = {
      ...provider,
      x25519: (own, remote) => (toHex(remote) === u ? zero : provider.x25519(own, remote)),
    };
    const victim = createPair({ provider: careless }).initiator;
    const { initiator } = createPair();
    victim.writeMessage(NOTHING);
    forger.readMessage(initiator.writeMessage(NOTHING));
    const forged = forger.writeMessage(NOTHING);
    expect(victim.readMessage(forged)).toBeDefined();
    expect(initiator.readMessage(forged)).toBeUndefined();
  },
);

test.each(["00".repeat(32), `01${"00".repeat(31)}`])(
  "a weak key in message 1 is refused when read, not when answered: %s",
  (u) => {
    const config = sideConfig("initiator");
    const forgedKey = fromHex(u);
    const provider: CryptoProvider = { ...config.provider, x25519PublicKey: () => forgedKey };
    const forged = createNoiseInitiator({ ...config, provider }).writeMessage(NOTHING);
    const { responder, initiator } = createPair();
    expect(responder.readMessage(forged)).toBeUndefined();
    expect(responder.readMessage(initiator.writeMessage(NOTHING))).toBeDefined();
  },
);

test("a failure to write leaves the turn as it was", () => {
  const entropy = fixedEntropy(testKey(65), testKey(66), testKey(67));
  const pair = createPair({ entropy }, {});
  const failing = (): never => {
    throw new Error("no payload");
  };
  expect(() => pair.initiator.writeMessage(failing)).toThrow("no payload");
  expect(() => pair.initiator.writeMessage(new Uint8Array(70_000))).toThrow(RangeError);
  expect(runHandshake(pair, ["", "", ""]).messages).toHaveLength(3);
});

test("a message that Noise calls too long is not written, and not read", () => {
  const { initiator, responder } = createPair();
  expect(() => initiator.writeMessage(new Uint8Array(65_535))).toThrow(/at most 65535 bytes/);
  expect(responder.readMessage(new Uint8Array(65_536))).toBeUndefined();
});

describe("out of turn", () => {
  test("a side neither reads nor writes", () => {
    const { initiator, responder } = createPair();
    expect(() => responder.writeMessage(NOTHING)).toThrow(
      "noise: the responder cannot write after 0 messages",
    );
    expect(() => initiator.readMessage(NOTHING)).toThrow(TypeError);
    const first = initiator.writeMessage(NOTHING);
    expect(() => initiator.writeMessage(NOTHING)).toThrow(TypeError);
    responder.readMessage(first);
    expect(() => responder.readMessage(first)).toThrow(TypeError);
  });

  test("there is no fourth message, and no keys before the third", () => {
    const { initiator, responder } = createPair();
    expect(() => initiator.split()).toThrow("noise: split after 0 of 3 messages");
    runHandshake({ initiator, responder }, ["", "", ""]);
    expect([initiator.finished, responder.finished]).toEqual([true, true]);
    expect(() => responder.writeMessage(NOTHING)).toThrow(TypeError);
    expect(() => initiator.readMessage(NOTHING)).toThrow(TypeError);
  });
});
