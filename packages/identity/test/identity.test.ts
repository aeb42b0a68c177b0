import { inspect } from "node:util";

import { fromHex, toHex, utf8, type Entropy } from "@selvage/core";
import { describe, expect, test } from "vitest";

import {
  defaultProvider,
  deriveNodeId,
  deriveOriginHash,
  formatEntityId,
  Identity,
  parseEntityId,
  verifySignature,
} from "../src/index.ts";
import { allProviders } from "./all-providers.ts";

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);

/** Known answers: a change of any breaks every stored identity and running mesh. */
const KNOWN = {
  entityId: "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
  nodeId: "6daf88d5e59e1c8521da26feb47003af",
  originHash: "21c5873bf1a1e56b11f3bde7fb01307a",
  noisePrivateKey: "6be239670589083913d9b58322d3798d6cc41b54ac2084f2433263793fde1b37",
  noisePublicKey: "5d9c04c4f86704dab40257fb5c03bd1bca75c3b6cdcaee7366b6b74f2d7c9649",
};

describe.each(allProviders)("an identity over the $name provider", (provider) => {
  test("grows the same ids and keys from a seed for ever", () => {
    const identity = Identity.fromSeed(SEED, { provider });
    expect({
      entityId: formatEntityId(identity.entityId),
      nodeId: identity.nodeId,
      originHash: identity.originHash,
      noisePrivateKey: toHex(identity.noiseStaticKey.privateKey),
      noisePublicKey: toHex(identity.noiseStaticKey.publicKey),
    }).toEqual(KNOWN);
  });

  test("signs what its entity id verifies", () => {
    const identity = Identity.fromSeed(SEED, { provider });
    const message = utf8("hello");
    const signature = identity.sign(message);
    expect(verifySignature(provider, identity.entityId, message, signature)).toBe(true);
    expect(verifySignature(provider, identity.entityId, utf8("hullo"), signature)).toBe(false);
    const other = Identity.generate({ provider });
    expect(verifySignature(provider, other.entityId, message, signature)).toBe(false);
  });
});

describe("an identity", () => {
  test("survives being stored", () => {
    const identity = Identity.generate();
    const restored = Identity.fromSeed(identity.toBytes());
    expect(restored.nodeId).toBe(identity.nodeId);
    expect(toHex(restored.noiseStaticKey.publicKey)).toBe(toHex(identity.noiseStaticKey.publicKey));
  });

  test("takes its seed from the given entropy", () => {
    const entropy: Entropy = { bytes: (length) => SEED.slice(0, length) };
    expect(Identity.generate({ entropy }).nodeId).toBe(KNOWN.nodeId);
  });

  test("differs each time it is generated", () => {
    expect(Identity.generate().nodeId).not.toBe(Identity.generate().nodeId);
  });

  test.each([
    ["arrays", SEED.slice()],
    ["Buffers", Buffer.from(SEED)],
  ])("cannot be changed through the %s it took or gave", (_, seed) => {
    const identity = Identity.fromSeed(seed);
    seed.fill(0);
    identity.toBytes().fill(0);
    identity.entityId.fill(0);
    expect(toHex(identity.toBytes())).toBe(toHex(SEED));
    expect(formatEntityId(identity.entityId)).toBe(KNOWN.entityId);
  });

  test("refuses a seed of another length, without showing it", () => {
    expect(() => Identity.fromSeed(new Uint8Array(31).fill(0xab))).toThrow(
      "seed must be 32 bytes, got 31",
    );
  });
});

describe("ids", () => {
  test("follow from the entity key alone", () => {
    const entityId = parseEntityId(KNOWN.entityId);
    expect(deriveNodeId(entityId)).toBe(KNOWN.nodeId);
    expect(deriveOriginHash(entityId)).toBe(KNOWN.originHash);
    expect(formatEntityId(parseEntityId(fromHex(KNOWN.entityId)))).toBe(KNOWN.entityId);
  });

  test("refuse a key of another length and text that is not hexadecimal", () => {
    expect(() => deriveNodeId(new Uint8Array(31))).toThrow(/entityKey must be 32 bytes, got 31/);
    expect(() => deriveOriginHash(new Uint8Array(0))).toThrow(RangeError);
    expect(() => parseEntityId("abcd")).toThrow(/entityId must be 32 bytes, got 2/);
    expect(() => parseEntityId("zz".repeat(32))).toThrow(TypeError);
  });

  test("an entity id parsed from bytes is a copy", () => {
    const bytes = fromHex(KNOWN.entityId);
    const entityId = parseEntityId(bytes);
    bytes.fill(0);
    expect(formatEntityId(entityId)).toBe(KNOWN.entityId);
  });
});

describe("secrets", () => {
  const identity = Identity.fromSeed(SEED);
  const secrets = [SEED, identity.noiseStaticKey.privateKey];
  /** The ways a secret would look in a log: hexadecimal, base64, a list of numbers. */
  const forms = secrets.flatMap((secret) => [
    toHex(secret).slice(0, 16),
    Buffer.from(secret).toString("base64").slice(0, 16),
    [...secret].slice(0, 6).join(","),
  ]);
  const held: readonly unknown[] = [identity, identity.noiseStaticKey];
  const nested = { node: { identity, keys: [identity.noiseStaticKey] } };

  const showings: Record<string, string> = {
    "inspect, everything": inspect(nested, { showHidden: true, getters: true, depth: 10 }),
    "inspect, no custom functions": inspect(nested, {
      showHidden: true,
      customInspect: false,
      depth: 10,
    }),
    "inspect, compact": inspect(identity, { compact: true }),
    "JSON.stringify": JSON.stringify(nested),
    String: held.map(String).join(),
    "own keys": Reflect.ownKeys(identity)
      .map((key) => `${String(key)}=${String(Reflect.get(identity, key))}`)
      .join(),
    structuredClone: inspect(structuredClone(nested), { showHidden: true, depth: 10 }),
    "an error's cause": inspect(new Error("failed", { cause: nested }), { depth: 10 }),
    "an AEAD": inspect(defaultProvider().aead(SEED), { showHidden: true, depth: 10 }),
  };

  test.each(Object.entries(showings))("do not appear in %s", (_, shown) => {
    const flat = shown.replaceAll(/\s/g, "");
    for (const form of forms) expect(flat).not.toContain(form);
  });

  test("an identity shows its node id instead", () => {
    expect(inspect(identity)).toBe(`Identity(${KNOWN.nodeId})`);
    expect(String(identity)).toBe(`Identity(${KNOWN.nodeId})`);
    expect(JSON.stringify({ identity })).toBe(`{"identity":{"nodeId":"${KNOWN.nodeId}"}}`);
  });
});
