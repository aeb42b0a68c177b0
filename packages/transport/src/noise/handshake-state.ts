import { concatBytes, type Entropy } from "@selvage/core";
import { isIdentityError, type CryptoProvider, type DhKeyPair } from "@selvage/identity";

import { SymmetricState, type NoiseKeys } from "./symmetric-state.ts";

/** The protocol spoken, by the naming rules of the Noise specification, revision 34 (§8). */
export const NOISE_PROTOCOL_NAME = "Noise_XXpsk3_25519_ChaChaPoly_BLAKE2s";

/** What message 1 adds to its payload: an ephemeral key and a tag. */
export const NOISE_MESSAGE_1_OVERHEAD_BYTES = 48;
/** What message 2 adds: an ephemeral key, a sealed static key and a tag. */
export const NOISE_MESSAGE_2_OVERHEAD_BYTES = 96;
/** What message 3 adds: a sealed static key and a tag. */
export const NOISE_MESSAGE_3_OVERHEAD_BYTES = 64;

/** Longer messages do not exist in Noise (§3). */
const MAX_MESSAGE_BYTES = 65_535;
const KEY_BYTES = 32;
const SEALED_KEY_BYTES = 48;
const NO_BYTES: Uint8Array = new Uint8Array(0);

type Token = "e" | "s" | "ee" | "es" | "se" | "psk";

/** `-> e`, `<- e, ee, s, es`, `-> s, se, psk` (§7.5, §9.4). */
const XX_PSK3: readonly (readonly Token[])[] = [["e"], ["e", "ee", "s", "es"], ["s", "se", "psk"]];

/** What one side brings into a handshake. */
export interface NoiseConfig {
  readonly provider: CryptoProvider;
  /** Where the ephemeral private key comes from. */
  readonly entropy: Entropy;
  /** Whose public half the other side learns, encrypted, by the token `s`. */
  readonly staticKey: DhKeyPair;
  /** 32 bytes that both sides must share. */
  readonly psk: Uint8Array;
  /** What both sides must agree on having seen or assumed; may be empty. */
  readonly prologue: Uint8Array;
}

/** A handshake message that authenticated. */
export interface NoiseMessage {
  readonly payload: Uint8Array;
  /** The handshake hash that the sender gave to its payload: just before the payload itself. */
  readonly hash: Uint8Array;
}

/** One side of a handshake. Messages alternate, beginning with the initiator. */
export interface NoiseHandshake {
  /**
   * The next message of this side. A payload that must bind the handshake so far, such as a
   * signature, is made by a function of the handshake hash; the hash then covers all tokens of this
   * very message.
   *
   * @throws TypeError when it is the other side's turn, RangeError when the message gets too long.
   */
  writeMessage(payload: Uint8Array | ((handshakeHash: Uint8Array) => Uint8Array)): Uint8Array;
  /**
   * Reads the other side's next message. Anything that does not authenticate gives `undefined` and
   * changes nothing: the true message may still come.
   *
   * @throws TypeError when it is this side's turn.
   */
  readMessage(message: Uint8Array): NoiseMessage | undefined;
  /** The other side's static key as soon as it was received. */
  readonly remoteStaticKey: Uint8Array | undefined;
  /** The hash of everything said so far. Unique to this handshake, and public. */
  readonly handshakeHash: Uint8Array;
  /** Whether all three messages were said. */
  readonly finished: boolean;
  /**
   * The keys for what follows; each side sends with its own.
   *
   * @throws TypeError before the handshake is finished.
   */
  split(): NoiseKeys;
}

/** The side that speaks first. */
export function createNoiseInitiator(config: NoiseConfig): NoiseHandshake {
  return new HandshakeState("initiator", config);
}

/** The side that answers. */
export function createNoiseResponder(config: NoiseConfig): NoiseHandshake {
  return new HandshakeState("responder", config);
}

/** What messages change; replaced as a whole when one is complete. */
interface Progress {
  readonly symmetric: SymmetricState;
  ephemeral: DhKeyPair | undefined;
  remoteEphemeralKey: Uint8Array | undefined;
  remoteStaticKey: Uint8Array | undefined;
  /** The responder's secret of `es`, kept from message 1 for message 2. */
  es: Uint8Array | undefined;
}

/** Noise's HandshakeState (§5.3) for the one pattern XXpsk3. */
class HandshakeState implements NoiseHandshake {
  readonly #role: "initiator" | "responder";
  readonly #config: NoiseConfig;
  #progress: Progress;
  #messages = 0;

  constructor(role: "initiator" | "responder", config: NoiseConfig) {
    this.#role = role;
    this.#config = config;
    const symmetric = new SymmetricState(config.provider, NOISE_PROTOCOL_NAME);
    symmetric.mixHash(config.prologue);
    this.#progress = {
      symmetric,
      ephemeral: undefined,
      remoteEphemeralKey: undefined,
      remoteStaticKey: undefined,
      es: undefined,
    };
  }

  get remoteStaticKey(): Uint8Array | undefined {
    return this.#progress.remoteStaticKey;
  }

  get handshakeHash(): Uint8Array {
    return this.#progress.symmetric.handshakeHash;
  }

  get finished(): boolean {
    return this.#messages === XX_PSK3.length;
  }

  writeMessage(payload: Uint8Array | ((handshakeHash: Uint8Array) => Uint8Array)): Uint8Array {
    const tokens = this.#tokens("write");
    const progress = this.#copyProgress();
    const parts = tokens.map((token) => this.#writeToken(token, progress));
    const { symmetric } = progress;
    const plain = typeof payload === "function" ? payload(symmetric.handshakeHash) : payload;
    const message = concatBytes(...parts, symmetric.encryptAndHash(plain));
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(
        `a noise message has at most ${MAX_MESSAGE_BYTES} bytes, got ${message.length}`,
      );
    }
    this.#commit(progress);
    return message;
  }

  readMessage(message: Uint8Array): NoiseMessage | undefined {
    const tokens = this.#tokens("read");
    if (message.length > MAX_MESSAGE_BYTES) return undefined;
    const progress = this.#copyProgress();
    let at = 0;
    try {
      for (const token of tokens) {
        const taken = this.#readToken(token, progress, message.subarray(at));
        if (taken === undefined) return undefined;
        at += taken;
      }
    } catch (error) {
      // A key of small order is just one more kind of garbage.
      if (isIdentityError(error, "weak-key")) return undefined;
      throw error;
    }
    const hash = progress.symmetric.handshakeHash;
    const payload = progress.symmetric.decryptAndHash(message.subarray(at));
    if (payload === undefined) return undefined;
    this.#commit(progress);
    return { payload, hash };
  }

  split(): NoiseKeys {
    if (!this.finished) throw new TypeError(`noise: split after ${this.#messages} of 3 messages`);
    return this.#progress.symmetric.split();
  }

  #tokens(action: "write" | "read"): readonly Token[] {
    const tokens = XX_PSK3[this.#messages];
    const speaker = this.#messages % 2 === 0 ? "initiator" : "responder";
    if (tokens === undefined || (speaker === this.#role) !== (action === "write")) {
      throw new TypeError(
        `noise: the ${this.#role} cannot ${action} after ${this.#messages} messages`,
      );
    }
    return tokens;
  }

  #copyProgress(): Progress {
    return { ...this.#progress, symmetric: this.#progress.symmetric.clone() };
  }

  #commit(progress: Progress): void {
    this.#progress = progress;
    this.#messages++;
  }

  /** Applies a token of an outgoing message and returns the bytes it puts into it. */
  #writeToken(token: Token, progress: Progress): Uint8Array {
    const { symmetric } = progress;
    if (token === "e") {
      const privateKey = this.#config.entropy.bytes(KEY_BYTES);
      const publicKey = this.#config.provider.x25519PublicKey(privateKey);
      progress.ephemeral = { privateKey, publicKey };
      mixEphemeral(symmetric, publicKey);
      return publicKey;
    }
    if (token === "s") return symmetric.encryptAndHash(this.#config.staticKey.publicKey);
    this.#mixSecret(token, progress);
    return NO_BYTES;
  }

  /** Applies a token of an incoming message; returns the bytes it took, `undefined` for garbage. */
  #readToken(token: Token, progress: Progress, rest: Uint8Array): number | undefined {
    const { symmetric } = progress;
    if (token === "e") {
      if (rest.length < KEY_BYTES) return undefined;
      const publicKey = rest.slice(0, KEY_BYTES);
      progress.remoteEphemeralKey = publicKey;
      mixEphemeral(symmetric, publicKey);
      if (this.#role === "responder") {
        // Needed only in message 2, but a weak key must be refused here, not fail the answer.
        progress.es = this.#dh(this.#config.staticKey, publicKey);
      }
      return KEY_BYTES;
    }
    if (token === "s") {
      if (rest.length < SEALED_KEY_BYTES) return undefined;
      progress.remoteStaticKey = symmetric.decryptAndHash(rest.subarray(0, SEALED_KEY_BYTES));
      return progress.remoteStaticKey === undefined ? undefined : SEALED_KEY_BYTES;
    }
    this.#mixSecret(token, progress);
    return 0;
  }

  /** The tokens that put nothing into the message. `es` is the initiator's e with the other's s. */
  #mixSecret(token: Exclude<Token, "e" | "s">, progress: Progress): void {
    const { symmetric, ephemeral, remoteEphemeralKey, remoteStaticKey, es } = progress;
    const isInitiator = this.#role === "initiator";
    switch (token) {
      case "ee":
        return symmetric.mixKey(this.#dh(ephemeral, remoteEphemeralKey));
      case "es":
        return symmetric.mixKey(es ?? this.#dh(ephemeral, remoteStaticKey));
      case "se":
        return symmetric.mixKey(
          isInitiator
            ? this.#dh(this.#config.staticKey, remoteEphemeralKey)
            : this.#dh(ephemeral, remoteStaticKey),
        );
      case "psk":
        return symmetric.mixKeyAndHash(this.#config.psk);
    }
  }

  #dh(own: DhKeyPair | undefined, remoteKey: Uint8Array | undefined): Uint8Array {
    if (own === undefined || remoteKey === undefined) {
      throw new TypeError("noise: the pattern uses a key before it is there");
    }
    return this.#config.provider.x25519(own.privateKey, remoteKey);
  }
}

/** Only patterns with a pre-shared key mix an ephemeral key into the chaining key as well (§9.2). */
function mixEphemeral(symmetric: SymmetricState, publicKey: Uint8Array): void {
  symmetric.mixHash(publicKey);
  symmetric.mixKey(publicKey);
}
