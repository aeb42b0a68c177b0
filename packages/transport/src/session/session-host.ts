import type { Clock, Entropy } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

import type { TransportLimits } from "../defaults.ts";
import type { TransportError, TransportErrorKind } from "../errors.ts";
import type { PeerProof } from "../handshake/proof.ts";
import type { Violation } from "../packet/protocol-violation.ts";
import type { Relays } from "../relay/relays.ts";
import type { ReassemblyBudget } from "../stream/reassembly-budget.ts";
import type { Stream } from "../stream/stream.ts";
import type { Session } from "./session.ts";

/** Close codes, as they travel in CLOSE frames. */
export const CloseCode = {
  /** The process closes: all its sessions are over. */
  done: 0,
  /** The peer broke the protocol. */
  violation: 1,
  /** Another session to the same peer took over. */
  superseded: 2,
  /** Another process with the same identity is alive. */
  identityInUse: 3,
  /** Too many packets did not authenticate. */
  forgeries: 4,
} as const;

/** The code that tells a peer of an error of ours. */
export function closeCodeFor(kind: TransportErrorKind): number {
  if (kind === "identity-in-use") return CloseCode.identityInUse;
  return kind === "node-id-conflict" ? CloseCode.violation : CloseCode.done;
}

/** What a session needs of its endpoint. */
export interface SessionHost {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: CryptoProvider;
  readonly limits: TransportLimits;
  readonly budget: ReassemblyBudget;
  /** What becomes of relayed packets and of words about routes. */
  readonly relays: Pick<Relays, "onPathChange" | "onRelay" | "onRelayLimit" | "onRoute">;
  /** Memory for the frames of one packet, until that is sealed. */
  readonly scratch: Uint8Array;
  /** Where else the peer may be reached, best first. */
  waysTo(peer: PeerProof): readonly string[];
  /** The largest datagram that may get to the address, in bytes. */
  maxDatagramBytesTo(address: string): number;
  /** Our own recent event-loop delay, in milliseconds. */
  loopDelayMs(): number;
  /** Hands a datagram to the network. */
  transmit(datagram: Uint8Array, to: string): void;
  /** Asks for {@link Session.flush} at the end of this turn. */
  wantsFlush(session: Session): void;
  /** Runs `fn` once everything that has arrived was processed. */
  afterSocketIsDry(fn: () => void): void;
  /** Asks the system whether the peer's port is dead; a hint for {@link Session.onRefused}. */
  probePort(session: Session): void;
  /** A stream that the peer opened is ready for its handler. */
  onIncoming(stream: Stream): void;
  /** A callback of the application threw. */
  reportError(error: unknown): void;
  /** The session became unresponsive or responsive, or the peer announced its shutdown. */
  onHealthChange(session: Session): void;
  /** The peer broke the protocol: count it and close the session. */
  onViolation(session: Session, reason: Violation): void;
  /** The peer's process closes, and with it every session that it has. */
  onLeft(session: Session, error: TransportError): void;
  /** The session ended; every stream has failed. */
  onClosed(session: Session, error: TransportError): void;
}
