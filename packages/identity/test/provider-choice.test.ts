import { toHex } from "@selvage/core";
import { expect, test } from "vitest";

import { defaultProvider } from "../src/index.ts";
import {
  exportPublicKey,
  privateKeyFromDer,
  privateKeyFromJwk,
  selectImportPrivateKey,
} from "../src/providers/node-keys.ts";
import { loadSodium } from "../src/providers/sodium-binding.ts";
import { allProviders } from "./all-providers.ts";

test("the default is libsodium where sodium-native is installed", () => {
  expect(defaultProvider().name).toBe("sodium");
  expect(allProviders.map(({ name }) => name)).toEqual(["sodium", "node", "noble"]);
});

test("libsodium is passed over when it is absent, broken or lacks what is needed", () => {
  const broken = (): never => {
    throw new Error("wrong architecture");
  };
  expect(loadSodium(broken)).toBeUndefined();
  expect(loadSodium(() => undefined)).toBeUndefined();
  expect(loadSodium(() => ({ crypto_scalarmult: () => {} }))).toBeUndefined();
});

test("private keys import alike by either way", () => {
  const bytes = new Uint8Array(32).fill(3);
  for (const curve of ["Ed25519", "X25519"] as const) {
    expect(toHex(exportPublicKey(privateKeyFromJwk(curve, bytes)))).toBe(
      toHex(exportPublicKey(privateKeyFromDer(curve, bytes))),
    );
  }
});

test("the slow import is taken where a runtime minds the fast one's made-up public key", () => {
  expect(selectImportPrivateKey()).toBe(privateKeyFromJwk);
  const minds = (): never => {
    throw new Error("x does not match d");
  };
  expect(selectImportPrivateKey(minds)).toBe(privateKeyFromDer);
  const wrong = selectImportPrivateKey((curve) => privateKeyFromDer(curve, new Uint8Array(32)));
  expect(wrong).toBe(privateKeyFromDer);
});
