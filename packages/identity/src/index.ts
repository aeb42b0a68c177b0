/**
 * Who a node is and how it proves it: keys, self-certifying ids, signatures, and interchangeable
 * crypto.
 *
 * @example
 * ```ts
 * import { utf8 } from "@selvage/core";
 * import { defaultProvider, Identity, signatureInput, verifySignature } from "@selvage/identity";
 *
 * const alice = Identity.generate();
 * const message = signatureInput("greeting-v1", utf8("hello"));
 * const signature = alice.sign(message);
 * console.log(verifySignature(defaultProvider(), alice.entityId, message, signature)); // true
 * ```
 *
 * @packageDocumentation
 */
export { Identity, SEED_BYTES, type GenerateConfig, type IdentityConfig } from "./identity.ts";
export type { DhKeyPair } from "./key-pair.ts";
export { generatePsk, parsePsk, PSK_BYTES } from "./psk.ts";

export {
  deriveNodeId,
  deriveOriginHash,
  ENTITY_ID_BYTES,
  formatEntityId,
  parseEntityId,
  type EntityId,
  type OriginHash,
} from "./entity-id.ts";
export { SIGNATURE_BYTES, signatureInput, verifySignature } from "./signature.ts";

export { defaultProvider } from "./providers/default.ts";
export { nobleProvider } from "./providers/noble.ts";
export { nodeProvider } from "./providers/node.ts";
export { sodiumProvider } from "./providers/sodium.ts";
export type { Aead, Blake2sOptions, CryptoProvider } from "./crypto-provider.ts";

export {
  IdentityError,
  identityErrorKinds,
  isIdentityError,
  type IdentityErrorKind,
} from "./errors.ts";
