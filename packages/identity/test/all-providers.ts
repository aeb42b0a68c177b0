import type { CryptoProvider } from "../src/index.ts";
import { nobleProvider, nodeProvider, sodiumProvider } from "../src/index.ts";

function installedSodium(): CryptoProvider {
  const provider = sodiumProvider();
  if (provider === undefined) throw new Error("the tests need the devDependency sodium-native");
  return provider;
}

/** Every implementation of the contract; they must be indistinguishable but for speed. */
export const allProviders: readonly CryptoProvider[] = [
  installedSodium(),
  nodeProvider(),
  nobleProvider(),
];
