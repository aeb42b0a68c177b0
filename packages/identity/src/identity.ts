import { copyBytes, type Entropy, type NodeId, systemEntropy, utf8 } from "@selvage/core";

import { requireLength } from "./arguments.ts";
import type { CryptoProvider } from "./crypto-provider.ts";
import {
  deriveNodeId,
  deriveOriginHash,
  parseEntityId,
  type EntityId,
  type OriginHash,
} from "./entity-id.ts";
import { inspectAsString } from "./inspect-as-string.ts";
import { SecretKeyPair, type DhKeyPair } from "./key-pair.ts";
import { defaultProvider } from "./providers/default.ts";

/** Length of the seed an identity grows from, in bytes. */
export const SEED_BYTES = 32;

const NOISE_STATIC_LABEL: Uint8Array = utf8("selvage-noise-static-v1");

/** Construction options of {@link Identity}. */
export interface IdentityConfig {
  /** The crypto to use; default {@link defaultProvider}. */
  readonly provider?: CryptoProvider | undefined;
}

/** Options of {@link Identity.generate}. */
export interface GenerateConfig extends IdentityConfig {
  /** Where the seed comes from; default the operating system. */
  readonly entropy?: Entropy | undefined;
}

/**
 * Who a node is: an Ed25519 key, the ids that follow from it, and the X25519 key of its handshakes,
 * all grown from one 32-byte seed. Printing, serialising or inspecting an identity shows its node
 * id and nothing else.
 *
 * @example
 * ```ts
 * import { Identity } from "@selvage/identity";
 * const identity = Identity.generate();
 * const again = Identity.fromSeed(identity.toBytes());
 * console.log(again.nodeId === identity.nodeId); // true
 * ```
 */
export class Identity {
  static {
    inspectAsString(this.prototype);
  }

  readonly #seed: Uint8Array;
  readonly #provider: CryptoProvider;
  readonly #entityId: EntityId;
  readonly #noiseStaticKey: DhKeyPair;

  /** The id by which other nodes know this one. */
  readonly nodeId: NodeId;
  /** The id stamped on events that originate here. */
  readonly originHash: OriginHash;

  private constructor(seed: Uint8Array, provider: CryptoProvider) {
    requireLength("seed", seed, SEED_BYTES);
    this.#seed = copyBytes(seed);
    this.#provider = provider;
    this.#entityId = parseEntityId(provider.ed25519PublicKey(this.#seed));
    this.#noiseStaticKey = deriveNoiseStaticKey(this.#seed, provider);
    this.nodeId = deriveNodeId(this.#entityId);
    this.originHash = deriveOriginHash(this.#entityId);
  }

  /** A new identity from fresh entropy. */
  static generate({ entropy = systemEntropy, provider }: GenerateConfig = {}): Identity {
    return Identity.fromSeed(entropy.bytes(SEED_BYTES), { provider });
  }

  /**
   * The identity of a seed, as {@link toBytes} gave it. The seed is copied.
   *
   * @throws RangeError unless the seed has 32 bytes.
   */
  static fromSeed(
    seed: Uint8Array,
    { provider = defaultProvider() }: IdentityConfig = {},
  ): Identity {
    return new Identity(seed, provider);
  }

  /** The public key that is this identity; a copy. */
  get entityId(): EntityId {
    return parseEntityId(this.#entityId);
  }

  /**
   * The X25519 key pair this identity shakes hands with. Derived under its own label: the seed
   * never meets two algorithms.
   */
  get noiseStaticKey(): DhKeyPair {
    return this.#noiseStaticKey;
  }

  /**
   * Signs with Ed25519; build `message` with `signatureInput`, so that it means one thing
   * only.
   */
  sign(message: Uint8Array): Uint8Array {
    return this.#provider.ed25519Sign(this.#seed, message);
  }

  /** The seed: the one secret to store. A copy. */
  toBytes(): Uint8Array {
    return copyBytes(this.#seed);
  }

  toString(): string {
    return `Identity(${this.nodeId})`;
  }

  toJSON(): { readonly nodeId: NodeId } {
    return { nodeId: this.nodeId };
  }
}

function deriveNoiseStaticKey(seed: Uint8Array, provider: CryptoProvider): DhKeyPair {
  const privateKey = provider.blake2s(NOISE_STATIC_LABEL, { key: seed });
  return new SecretKeyPair({ privateKey, publicKey: provider.x25519PublicKey(privateKey) });
}
