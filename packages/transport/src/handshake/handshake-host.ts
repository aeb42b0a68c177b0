import type { Clock, Entropy } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

import type { TransportLimits } from "../defaults.ts";
import type { Role } from "../stream/stream-table.ts";
import type { OwnProof, PeerProof } from "./proof.ts";
import type { PskKeys } from "./psk-keys.ts";

/** Everything that both ends know once a handshake is over. */
export interface Agreement {
  readonly role: Role;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly address: string;
  readonly peer: PeerProof;
  /** 32-byte keys; which is whose to seal with depends on the role. */
  readonly keys: {
    readonly initiatorToResponder: Uint8Array;
    readonly responderToInitiator: Uint8Array;
  };
  readonly rttMs: number;
}

/** What the two sides of the handshake need of their endpoint. */
export interface HandshakeHost {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: CryptoProvider;
  readonly limits: TransportLimits;
  readonly own: OwnProof;
  /** The first is used to dial, all are accepted. */
  readonly psks: readonly [PskKeys, ...PskKeys[]];
  /** A random session index that nobody uses. */
  freeIndex(): number;
  transmit(datagram: Uint8Array, to: string): void;
}

/** Bound into every handshake, so that its messages mean nothing to another protocol or version. */
export const PROLOGUE = "selvage handshake v1";
