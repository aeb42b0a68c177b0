import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import { TransportError } from "./errors.ts";
import type { PeerProof } from "./handshake/proof.ts";
import { isRelayAddress } from "./relay/relay-address.ts";
import { type PeerStats, peerStats } from "./session/peer-stats.ts";
import type { Session } from "./session/session.ts";
import type { MessageStream } from "./stream/message-stream.ts";
import type { Reliability } from "./stream/reliability.ts";

/** Options of {@link Peer.openStream}. */
export interface OpenStreamOptions {
  /**
   * Somebody waits for an answer on the stream: while it is open, a peer from which nothing else
   * is expected is asked for signs of life every 50 ms. Default `false`.
   */
  readonly watched?: boolean | undefined;
  /**
   * `fire-and-forget`: messages of up to `MAX_DATAGRAM_MESSAGE_BYTES`, each delivered at most once
   * and in no order. Default `reliable`: all of them, in order.
   */
  readonly reliability?: Reliability | undefined;
  /** Urgency of what we send on it, from 0 (most) to 7. Default `DEFAULT_STREAM_PRIORITY`. */
  readonly priority?: number | undefined;
}

/**
 * What is known of a peer's health, from best to worst. `unresponsive` is advisory and quick (some
 * hundred milliseconds without acknowledgement progress), `suspected` and `failed` are slow and
 * about membership (seconds without any sign of life).
 */
export type PeerState = "responsive" | "unresponsive" | "suspected" | "failed";

/** A node with which a session stands. */
export interface Peer {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** Hexadecimal; changes with every start of the peer's process. */
  readonly bootId: string;
  readonly state: PeerState;
  /** The peer announced its shutdown and takes no new streams. */
  readonly isGoingAway: boolean;
  /** It is reached through other nodes now. */
  readonly isRelayed: boolean;
  /** Where its packets come from now; `relay:` and its node id if they come through others. */
  readonly address: string;
  /** Where it says it can be dialled. */
  readonly addresses: readonly string[];
  /** Smoothed round-trip time in milliseconds. */
  readonly rttMs: number;
  /**
   * Opens a stream without a round trip; the first message tells the peer of it.
   *
   * @throws {@link TransportError} `backpressure`, `going-away`, or why the session ended; all with
   * `delivered: "never"`. `RangeError` or `TypeError` for a protocol (0 to 65,535), priority or
   * reliability that is none.
   */
  openStream(protocol: number, options?: OpenStreamOptions): MessageStream;
  /** Counters and gauges of the session that new streams use. */
  stats(): PeerStats;
}

/** A peer and its sessions: one as a rule, two after a simultaneous open. */
export class PeerRecord implements Peer {
  readonly proof: PeerProof;
  readonly sessions: Session[] = [];
  readonly #ownNodeId: NodeId;
  /** The slow half of {@link state}. */
  membership: "alive" | "suspected" | "failed" = "alive";
  /** What the events so far said. */
  readonly told = { responsive: true, goingAway: false };

  constructor(proof: PeerProof, ownNodeId: NodeId) {
    this.proof = proof;
    this.#ownNodeId = ownNodeId;
  }

  get nodeId(): NodeId {
    return this.proof.nodeId;
  }

  get entityId(): EntityId {
    return this.proof.entityId;
  }

  get bootId(): string {
    return this.proof.bootId;
  }

  get state(): PeerState {
    if (this.membership !== "alive") return this.membership;
    return this.told.responsive ? "responsive" : "unresponsive";
  }

  /** What its sessions say; {@link state} is what was made of it. */
  get isResponsive(): boolean {
    return this.#best().liveness.responsive;
  }

  /** Since when it has left probes unanswered; `undefined` if it has not. */
  get silentSince(): number | undefined {
    const { liveness } = this.#best();
    return liveness.isDoubtful ? liveness.silentSince : undefined;
  }

  /** When it last acknowledged something, or its session began. */
  get progressAt(): number {
    return Math.max(...this.sessions.map(({ liveness }) => liveness.progressAt));
  }

  get isGoingAway(): boolean {
    return this.sessions.every((session) => session.isGoingAway);
  }

  get isRelayed(): boolean {
    return isRelayAddress(this.address);
  }

  get address(): string {
    return this.#best().path;
  }

  get addresses(): readonly string[] {
    return this.#best().peer.addresses;
  }

  get rttMs(): number {
    return this.#best().recovery.smoothedRttMs;
  }

  openStream(protocol: number, options: OpenStreamOptions = {}): MessageStream {
    return this.#best().openStream(protocol, options);
  }

  stats(): PeerStats {
    return peerStats(this.#best());
  }

  /**
   * The session that makes this one superfluous, if there is one. Both ends agree on that, whatever
   * paths and silences they see, or each might give up the one that the other keeps.
   */
  replacementOf(session: Session): Session | undefined {
    return this.sessions.find((other) => this.#isSenior(other, session));
  }

  /**
   * The session to use now: the preferred one, unless it is silent and another has shown since that
   * it is not.
   */
  #best(): Session {
    const preferred = this.#preferred(this.sessions);
    if (preferred === undefined) {
      throw new TransportError("session-lost", `no session with node ${this.nodeId}`);
    }
    const { responsive, silentSince = 0 } = preferred.liveness;
    if (responsive) return preferred;
    const proven = this.sessions.filter(
      ({ liveness, isGoingAway }) =>
        liveness.responsive && liveness.progressAt > silentSince && !isGoingAway,
    );
    return this.#preferred(proven) ?? preferred;
  }

  /**
   * One that takes new streams is better than one that does not, a direct one better than a
   * relayed one.
   */
  #preferred(sessions: readonly Session[]): Session | undefined {
    let best = sessions[0];
    for (const session of sessions) {
      if (best !== undefined && this.#isBetter(session, best)) best = session;
    }
    return best;
  }

  #isBetter(one: Session, other: Session): boolean {
    if (one.isGoingAway !== other.isGoingAway) return other.isGoingAway;
    // One of which nothing was heard yet may be given up at the other end.
    const isProven = one.packetsReceived > 0;
    if (isProven !== other.packetsReceived > 0) return isProven;
    const isRelayed = isRelayAddress(one.path);
    if (isRelayed !== isRelayAddress(other.path)) return !isRelayed;
    return this.#isSenior(one, other);
  }

  /** Of two, the one dialled by the lower node id; of two dialled by the same end, the newer. */
  #isSenior(one: Session, other: Session): boolean {
    if (one.role === other.role) return one.establishedAt > other.establishedAt;
    const weAreLower = this.#ownNodeId < this.nodeId;
    return (one.role === "initiator") === weAreLower;
  }
}
