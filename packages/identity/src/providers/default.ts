import type { CryptoProvider } from "../crypto-provider.ts";
import { nobleProvider } from "./noble.ts";
import { isNodeProviderSupported, nodeProvider } from "./node.ts";
import { sodiumProvider } from "./sodium.ts";

/**
 * The fastest provider present: `sodium-native` if the application has it, else `node:crypto`, else
 * `@noble/*`.
 */
export function defaultProvider(): CryptoProvider {
  return sodiumProvider() ?? (isNodeProviderSupported() ? nodeProvider() : nobleProvider());
}
