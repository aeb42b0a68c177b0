import type { HandshakeDrop } from "./handshake/responder.ts";
import type { Violation } from "./packet/protocol-violation.ts";
import type { RelayStats } from "./relay/relay-stats.ts";

/** Why a datagram led to nothing. */
export type DropReason =
  | "too-short"
  | "unknown-type"
  | "unknown-version"
  | "unknown-session"
  | "unauthenticated"
  | "stranger"
  | "replayed-hint"
  | "node-id-conflict"
  | "identity-in-use"
  | `handshake-${HandshakeDrop}`;

/** A snapshot of a transport's counters and gauges. */
export interface TransportStats {
  /** The crypto implementation in use. */
  readonly crypto: string;
  readonly sessions: number;
  /** Open streams on all sessions, from either end; those to this node itself at both ends. */
  readonly streams: number;
  readonly peers: number;
  readonly pendingHandshakes: number;
  readonly datagramsReceived: number;
  readonly datagramsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Packets declared lost on sessions that are open now. */
  readonly packetsLost: number;
  /** Dropped datagrams by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Sessions closed because the peer broke the protocol, by reason. */
  readonly violations: Readonly<Partial<Record<Violation, number>>>;
  readonly relay: RelayStats;
  /** Our own recent event-loop delay, in milliseconds. */
  readonly loopDelayMs: number;
  /** How often so many peers fell silent at once that the fault was presumed to be ours. */
  readonly ownFaultsPresumed: number;
  /** Reassembly memory not in use, in bytes. */
  readonly reassemblyFreeBytes: number;
}

/** Counts by reason. */
export class Counters<Reason extends string> {
  readonly #counts: Partial<Record<Reason, number>> = {};

  count(reason: Reason): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
  }

  snapshot(): Readonly<Partial<Record<Reason, number>>> {
    return { ...this.#counts };
  }
}
