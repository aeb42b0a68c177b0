import { fromHex, toHex, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { allProviders } from "./all-providers.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(/\s/g, ""));

/** RFC 8032 §7.1, tests 1 to 3. */
const ED25519 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature: `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
      5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`,
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature: `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature: `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
      18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`,
  },
];

/** RFC 7748 §5.2: scalar, u coordinate, output. The second u has its unused top bit set. */
const X25519 = [
  [
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  ],
  [
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  ],
] as const;

/** RFC 7748 §6.1. */
const BOB_PRIVATE = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

/** RFC 8439 §2.8.2. */
const AEAD = {
  key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
  nonce: "070000004041424344454647",
  aad: "50515253c0c1c2c3c4c5c6c7",
  plaintext:
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
    "sunscreen would be it.",
  sealed: `d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
    3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
    92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
    3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691`,
};

describe.each(allProviders)("the $name provider", (provider) => {
  test.each(ED25519)("signs as RFC 8032 §7.1 says: message $message", (vector) => {
    const seed = hex(vector.seed);
    const message = hex(vector.message);
    expect(toHex(provider.ed25519PublicKey(seed))).toBe(vector.publicKey);
    expect(toHex(provider.ed25519Sign(seed, message))).toBe(toHex(hex(vector.signature)));
    expect(provider.ed25519Verify(hex(vector.publicKey), message, hex(vector.signature))).toBe(
      true,
    );
  });

  test.each(X25519)("multiplies as RFC 7748 §5.2 says: scalar %s", (scalar, u, output) => {
    expect(toHex(provider.x25519(hex(scalar), hex(u)))).toBe(output);
  });

  test("agrees on the secret of RFC 7748 §6.1", () => {
    expect(toHex(provider.x25519PublicKey(hex(BOB_PRIVATE)))).toBe(BOB_PUBLIC);
    expect(toHex(provider.x25519(hex(BOB_PRIVATE), hex(ALICE_PUBLIC)))).toBe(SHARED);
  });

  test("seals and opens RFC 8439 §2.8.2", () => {
    const aead = provider.aead(hex(AEAD.key));
    const plaintext = utf8(AEAD.plaintext);
    const sealed = hex(AEAD.sealed);
    const out = new Uint8Array(sealed.length);
    aead.seal(hex(AEAD.nonce), hex(AEAD.aad), plaintext, out, 0);
    expect(toHex(out)).toBe(toHex(sealed));
    const opened = new Uint8Array(plaintext.length);
    expect(aead.open(hex(AEAD.nonce), hex(AEAD.aad), sealed, opened)).toBe(true);
    expect(toHex(opened)).toBe(toHex(plaintext));
  });

  test("hashes as RFC 7693 appendix B says", () => {
    expect(toHex(provider.blake2s(utf8("abc")))).toBe(
      "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
    );
  });

  test("hashes with a key as the BLAKE2 reference vectors say", () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(toHex(provider.blake2s(new Uint8Array(0), { key }))).toBe(
      "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49",
    );
    expect(toHex(provider.blake2s(Uint8Array.of(0), { key }))).toBe(
      "40d15fee7c328830166ac3f918650f807e7e01e177258cdc0a39b11f598066f1",
    );
  });
});
