import type { NodeId } from "@selvage/core";
import type { EntityId } from "@selvage/identity";

import { type TransportError, withDelivered } from "../errors.ts";
import type { PeerProof } from "../handshake/proof.ts";
import type { OpenStreamOptions, Peer, PeerState } from "../peer.ts";
import { dispatchFrames } from "../session/ingress.ts";
import type { PeerStats } from "../session/peer-stats.ts";
import type { MessageStream } from "../stream/message-stream.ts";
import { LoopbackEnd, type LoopbackHost } from "./loopback-end.ts";

/** Frames that are carried over at once, in bytes. */
const CARRIED_BYTES = 16_384;
/** What is carried over in one turn of the event loop at most, so that the socket is not kept waiting. */
const MAX_TURN_BYTES = 1_048_576;
/** A GOAWAY that only asks: every stream opened so far is taken. */
const ALL_STREAMS: number = Number.MAX_SAFE_INTEGER;

/** What the peer needs of its node. */
export interface OwnPeerHost extends LoopbackHost {
  readonly proof: PeerProof;
  address(): string;
  addresses(): readonly string[];
  /** Asks for {@link OwnPeer.flush} at the end of this turn. */
  wantsFlush(peer: OwnPeer): void;
  /** A stream was opened. */
  onOpen(): void;
}

/**
 * This node as its own peer. Streams to it are those of any session, with their windows, limits,
 * ends and turns of the event loop; what they say is carried over in memory and not encrypted.
 */
export class OwnPeer implements Peer {
  readonly state: PeerState = "responsive";
  readonly isRelayed = false;
  readonly rttMs = 0;
  /** In the list of what is to be flushed. */
  flushQueued = false;
  readonly #host: OwnPeerHost;
  readonly #scratch: Uint8Array = new Uint8Array(CARRIED_BYTES);
  /** Opens streams. */
  readonly #near: LoopbackEnd;
  /** Its streams are those that handlers get. */
  readonly #far: LoopbackEnd;
  #isFlushing = false;
  #carried = 0;
  #ended: TransportError | undefined;

  constructor(host: OwnPeerHost) {
    const { proof } = host;
    const hasToSend = (): void => {
      if (!this.#isFlushing) host.wantsFlush(this);
    };
    this.#host = host;
    const end = (role: "initiator" | "responder"): LoopbackEnd =>
      new LoopbackEnd(host, { peer: proof, role }, this.#scratch, hasToSend);
    this.#near = end("initiator");
    this.#far = end("responder");
  }

  get nodeId(): NodeId {
    return this.#host.proof.nodeId;
  }

  get entityId(): EntityId {
    return this.#host.proof.entityId;
  }

  get bootId(): string {
    return this.#host.proof.bootId;
  }

  get address(): string {
    return this.#host.address();
  }

  get addresses(): readonly string[] {
    return this.#host.addresses();
  }

  get isGoingAway(): boolean {
    return this.#near.streams.peerGoesAway;
  }

  /** Open streams, each counted at both ends. */
  get size(): number {
    return this.#near.streams.size + this.#far.streams.size;
  }

  openStream(protocol: number, options: OpenStreamOptions = {}): MessageStream {
    if (this.#ended !== undefined) throw withDelivered(this.#ended, "never");
    const stream = this.#near.streams.open(protocol, options);
    this.#host.onOpen();
    return stream;
  }

  stats(): PeerStats {
    const [near, far] = [this.#near.streams.counters, this.#far.streams.counters];
    return {
      rttMs: 0,
      minRttMs: 0,
      rttVariationMs: 0,
      windowBytes: MAX_TURN_BYTES,
      bytesInFlight: 0,
      packetsSent: this.#carried,
      packetsReceived: this.#carried,
      packetsLost: 0,
      retransmissions: 0,
      retransmittedBytes: 0,
      messagesLost: 0,
      messagesDropped: near.messagesDropped + far.messagesDropped,
      datagramBytes: CARRIED_BYTES,
      keyPhase: 0,
      pathChanges: 0,
      streams: this.size,
      loopDelayMs: this.#host.loopDelayMs(),
    };
  }

  /** Carries over what waits, from either end to the other; called at the end of a turn. */
  flush(): void {
    this.#isFlushing = true;
    let left = MAX_TURN_BYTES;
    try {
      for (;;) {
        const moved = this.#carry(this.#near, this.#far) + this.#carry(this.#far, this.#near);
        left -= moved;
        if (moved === 0) return;
        if (left <= 0) break;
      }
    } finally {
      this.#isFlushing = false;
    }
    this.#host.wantsFlush(this);
  }

  /** Our own loop stood still. */
  onOwnStall(lagMs: number): void {
    this.#far.streams.onOwnStall(lagMs);
  }

  /** No new streams are wanted; those under way go on. */
  goAway(): void {
    if (this.isGoingAway) return;
    this.#far.egress.goaway(ALL_STREAMS);
    this.#host.wantsFlush(this);
  }

  /** From now on streams that arrive are refused, untouched. */
  refuseStreams(): void {
    this.#far.streams.refuse();
  }

  /** Fails what is open, and everything that is asked for later. */
  end(error: TransportError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const { streams } of [this.#near, this.#far]) streams.fail(error);
  }

  #carry({ egress }: LoopbackEnd, to: LoopbackEnd): number {
    const { length, frames } = egress.fill(CARRIED_BYTES, undefined, true);
    if (length === 0) return 0;
    this.#carried++;
    dispatchFrames(this.#scratch.subarray(0, length), to);
    for (const frame of frames) frame.onAcked();
    return length;
  }
}
