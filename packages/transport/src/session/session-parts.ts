import type { PeerProof } from "../handshake/proof.ts";
import type { Role } from "../stream/stream-table.ts";

/** What a session is made of: the outcome of a handshake. */
export interface SessionParts {
  readonly role: Role;
  readonly localIndex: number;
  readonly remoteIndex: number;
  /** Where the peer is. */
  readonly path: string;
  readonly peer: PeerProof;
  /** 32 bytes, of the first key phase, as the next. */
  readonly sealKey: Uint8Array;
  readonly openKey: Uint8Array;
  readonly handshakeRttMs: number;
}
