import { type NodeId, type Timer, utf8 } from "@selvage/core";
import type { Aead } from "@selvage/identity";

import { BASE_DATAGRAM_BYTES } from "../defaults.ts";
import { TransportError, withDelivered } from "../errors.ts";
import type { PeerProof } from "../handshake/proof.ts";
import { FrameType } from "../packet/frames.ts";
import { AEAD_TAG_BYTES, DATA_HEADER_BYTES } from "../packet/header.ts";
import { ProtocolViolation, type Violation } from "../packet/protocol-violation.ts";
import type { AckFrame } from "../recovery/received-packets.ts";
import type { ReassemblyBudget } from "../stream/reassembly-budget.ts";
import { RESET_GOING_AWAY, RESET_PEER_FAILED } from "../stream/reset-codes.ts";
import { type StreamHost } from "../stream/stream-host.ts";
import { type Role, StreamTable } from "../stream/stream-table.ts";
import { Stream } from "../stream/stream.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { closeFrame, readableReason } from "./close-frame.ts";
import { Doubt } from "./doubt.ts";
import { Egress } from "./egress.ts";
import { dispatchFrames, type FrameSink } from "./ingress.ts";
import { Liveness } from "./liveness.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { Recovery } from "./recovery.ts";
import { CloseCode, type SessionHost } from "./session-host.ts";

/** Bytes of frames in a full packet. */
const PACKET_ROOM: number = BASE_DATAGRAM_BYTES - DATA_HEADER_BYTES - AEAD_TAG_BYTES;
/** A GOAWAY that only asks: every stream opened so far is taken. */
const ALL_STREAMS: number = Number.MAX_SAFE_INTEGER;

/** One encrypted session with a peer: packets, recovery, streams. */
export class Session implements StreamHost, FrameSink {
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly role: Role;
  readonly peer: PeerProof;
  readonly nodeId: NodeId;
  readonly streams: StreamTable;
  readonly budget: ReassemblyBudget;
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  readonly peerMaxMessageBytes: number;
  readonly establishedAt: number;
  readonly liveness: Liveness;
  readonly recovery: Recovery;
  /** Where the peer is. */
  path: string;
  /** When we asked the peer to open no more streams. */
  goawayAt: number | undefined;
  /** Authenticated packets so far. */
  packetsReceived = 0;
  /** In the endpoint's list of sessions to flush. */
  flushQueued = false;
  readonly #host: SessionHost;
  readonly #cipher: PacketCipher;
  readonly #acks: Acknowledgements;
  readonly #egress: Egress;
  readonly #doubt: Doubt;
  readonly #scratch: Uint8Array = new Uint8Array(BASE_DATAGRAM_BYTES);
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastReceivedAt: number;
  #lastElicitingAt: number;
  /** Streams that the peer takes; `undefined` before it announces its shutdown. */
  #peerAccepts: number | undefined;
  #refusing = false;
  #closed: TransportError | undefined;
  #peerClosed = false;
  #violation: Violation | undefined;

  constructor(
    host: SessionHost,
    parts: {
      readonly role: Role;
      readonly localIndex: number;
      readonly remoteIndex: number;
      readonly path: string;
      readonly peer: PeerProof;
      readonly seal: Aead;
      readonly open: Aead;
      readonly handshakeRttMs: number;
    },
  ) {
    const now = host.clock.now();
    const { limits } = host;
    const { parameters } = parts.peer;
    this.#host = host;
    this.role = parts.role;
    this.localIndex = parts.localIndex;
    this.remoteIndex = parts.remoteIndex;
    this.path = parts.path;
    this.peer = parts.peer;
    this.nodeId = parts.peer.nodeId;
    this.#cipher = new PacketCipher(parts.seal, parts.open, parts.remoteIndex);
    this.#acks = new Acknowledgements(limits.maxAckDelayMs);
    this.establishedAt = now;
    this.#lastReceivedAt = now;
    this.#lastElicitingAt = now;
    this.budget = host.budget;
    this.windowBytes = limits.streamWindowBytes;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.peerMaxMessageBytes = parameters.maxMessageBytes;
    this.#egress = new Egress(this.#acks.received, this.#scratch);
    this.#doubt = new Doubt(host.clock, limits.unresponsiveCapMs);
    this.liveness = new Liveness({
      floorMs: limits.unresponsiveFloorMs,
      capMs: limits.unresponsiveCapMs,
      probeIntervalMs: limits.probeIntervalMs,
    });
    this.recovery = new Recovery({
      handshakeRttMs: parts.handshakeRttMs,
      peerMaxAckDelayMs: parameters.maxAckDelayMs,
      peerBudgetBytes: parameters.receiveBudgetBytes,
    });
    this.streams = new StreamTable({
      role: parts.role,
      localLimit: parameters.maxOpenStreams,
      maxRemoteOpen: limits.maxOpenStreams,
      create: (id) => new Stream(this, { id, sendLimit: parameters.streamWindowBytes }),
    });
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The peer said that it takes no new streams. */
  get isGoingAway(): boolean {
    return this.#peerAccepts !== undefined;
  }

  /** Milliseconds since the last authenticated packet. */
  silenceMs(now: number): number {
    return now - this.#lastReceivedAt;
  }

  /** Our own loop stood still: the peer could not be heard meanwhile. */
  onOwnStall(lagMs: number): void {
    this.liveness.onOwnStall(lagMs);
    this.recovery.onOwnStall(this.#host.clock.now());
    this.#lastReceivedAt += lagMs;
  }

  /** Opens a stream; nothing is sent before its first message. */
  openStream(protocol: number, watched: boolean): Stream {
    if (this.#closed !== undefined) {
      // The error of the session speaks of streams that were open; of this one nothing ever left.
      throw withDelivered(this.#closed, "never");
    }
    if (this.isGoingAway) {
      throw new TransportError("going-away", `node ${this.nodeId} is shutting down`);
    }
    const id = this.streams.nextLocalId();
    if (id === undefined) {
      throw new TransportError("backpressure", `node ${this.nodeId} takes no more streams now`);
    }
    const sendLimit = this.peer.parameters.streamWindowBytes;
    const stream = new Stream(this, { id, sendLimit, protocol, watched });
    this.streams.add(stream);
    if (watched) this.#arm();
    return stream;
  }

  /** Takes a data packet; answers whether it authenticated. The memory is written to. */
  onPacket(datagram: Uint8Array, from: string): boolean {
    const packet = this.#cipher.open(datagram);
    if (packet === undefined) return false;
    const { number, isNewest, payload } = packet;
    if (this.#closed !== undefined) {
      if (payload[0] === FrameType.close) this.#peerClosed = true;
      return true;
    }
    const now = this.#host.clock.now();
    this.packetsReceived++;
    this.#lastReceivedAt = now;
    if (isNewest) this.path = from;
    const gap = this.#acks.received.add(number);
    if (dispatchFrames(payload, this)) this.#acks.onEliciting(now, gap);
    this.#host.wantsFlush(this);
    return true;
  }

  /** Sends what is due; called at the end of a turn. `ackNow`: do not hold back the ACK. */
  flush(ackNow: boolean): void {
    if (this.#closed !== undefined) return;
    if (this.#violation !== undefined) {
      this.#host.onViolation(this, this.#violation);
      return;
    }
    const now = this.#host.clock.now();
    this.recovery.detectLost(now);
    for (;;) {
      const mayStream = this.recovery.mayStart();
      if (!this.#acks.isDue(now, ackNow) && !(mayStream && this.#egress.hasWork(true))) break;
      if (!this.#sendPacket(now, mayStream)) break;
    }
    this.#arm();
  }

  /** Sends one packet now, whatever the window says: a probe. */
  #probe(now: number): void {
    if (!this.recovery.requeueOldest()) this.#egress.ping();
    else if (!this.#egress.hasWork(true)) this.#egress.ping();
    this.#sendPacket(now, true);
  }

  #sendPacket(now: number, streams: boolean): boolean {
    const ack = this.#acks.delays(now, this.#host.loopDelayMs());
    const payload = this.#egress.fill(PACKET_ROOM, ack, streams);
    if (payload.length === 0) return false;
    this.#acks.onSent();
    const number = this.#transmit(this.#scratch.subarray(0, payload.length));
    if (payload.eliciting) {
      const bytes = payload.length + DATA_HEADER_BYTES + AEAD_TAG_BYTES;
      this.recovery.onSent(number, now, bytes, payload.frames);
      this.liveness.onSent(now);
      this.#lastElicitingAt = now;
    }
    return payload.eliciting;
  }

  #transmit(payload: Uint8Array): number {
    const { number, datagram } = this.#cipher.seal(payload);
    this.#host.transmit(datagram, this.path);
    return number;
  }

  // Frames

  onAck(frame: AckFrame): void {
    if (frame.largest >= this.#cipher.nextNumber) throw new ProtocolViolation("ack-of-unsent");
    const now = this.#host.clock.now();
    if (!this.recovery.onAck(frame, now)) return;
    const outstanding = this.recovery.outstanding > 0;
    if (this.liveness.onProgress(now, outstanding, frame.loopDelayMs)) {
      this.#host.onHealthChange(this);
    }
  }

  onStreamData(id: number, offset: number, data: Uint8Array, fin: boolean): void {
    const stream = this.streams.receive(id);
    if (stream === undefined || !stream.onData(offset, data, fin)) return;
    if (this.#refusing) stream.reset(RESET_GOING_AWAY, { notStarted: true });
    else this.#host.onIncoming(stream);
  }

  onReset(id: number, code: number, notStarted: boolean): void {
    const stream = this.streams.receive(id);
    stream?.fail(
      new TransportError("stream-reset", `node ${this.nodeId} reset the stream with code ${code}`, {
        code,
        notStarted,
        delivered: notStarted ? "never" : stream.delivered,
      }),
    );
  }

  onMaxStreamData(id: number, limit: number): void {
    this.streams.peek(id)?.onCredit(limit);
  }

  onMaxStreams(limit: number): void {
    this.streams.onMaxStreams(limit);
  }

  onGoaway(accepted: number): void {
    this.#peerAccepts = Math.min(this.#peerAccepts ?? accepted, accepted);
    const refused = [...this.streams.refusedFrom(this.#peerAccepts)];
    for (const stream of refused) {
      stream.fail(
        new TransportError(
          "going-away",
          `node ${this.nodeId} shuts down without taking the stream`,
        ),
      );
    }
    this.#host.onHealthChange(this);
  }

  onClose(code: number, reason: Uint8Array): void {
    const text = readableReason(reason);
    this.#transmit(closeFrame(CloseCode.done, new Uint8Array()));
    this.#peerClosed = true;
    this.fail(
      new TransportError(
        "session-lost",
        `node ${this.nodeId} closed the session (code ${code}${text === "" ? "" : `: ${text}`})`,
        { delivered: "maybe" },
      ),
    );
  }

  // Streams

  /** A full packet leaves at once, so that the peer works while we do; the rest at turn's end. */
  wantsToSend(stream: Stream, newBytes: number): void {
    this.#egress.wantsToSend(stream, newBytes);
    if (newBytes > 0 && this.#closed === undefined) {
      while (this.#egress.waitingBytes >= PACKET_ROOM && this.recovery.mayStart()) {
        if (!this.#sendPacket(this.#host.clock.now(), true)) break;
      }
    }
    this.#host.wantsFlush(this);
  }

  wantsCredit(stream: Stream): void {
    this.#egress.wantsCredit(stream);
    this.#host.wantsFlush(this);
  }

  sendReset(stream: Stream, code: number, notStarted: boolean): void {
    // A stream of ours of which nothing left needs no word about its end, but for its id: the
    // peer opens all lower ids with the next one, and would keep this one open for ever.
    this.#egress.reset(stream.id, code, notStarted);
    if (this.#egress.waitingResets > 2 * this.#host.limits.maxOpenStreams) {
      this.violated("too-many-resets");
    }
    this.#host.wantsFlush(this);
  }

  /** The peer broke the protocol, as it turned out outside its packets: ends at the next flush. */
  violated(reason: Violation): void {
    this.#violation ??= reason;
    this.#host.wantsFlush(this);
  }

  /**
   * The peer says that it knows nothing of this session. Anybody can make it seem so: only if it
   * does not answer here either is the session over.
   */
  endUnlessHeard(): void {
    if (this.#closed !== undefined) return;
    this.greet();
    this.#doubt.raise(this, this.recovery.ptoMs, () => {
      const text = `node ${this.nodeId} no longer knows the session`;
      this.fail(new TransportError("session-lost", text, { delivered: "maybe" }));
    });
  }

  finished(stream: Stream): void {
    if (!this.streams.remove(stream)) return;
    this.#egress.maxStreams(this.streams.announceLimit());
    this.#host.wantsFlush(this);
  }

  // Ends

  /**
   * Asks the peer to open no further stream. Those that it opened before it hears of that are
   * still welcome, until {@link refuseStreams}.
   */
  sendGoaway(): void {
    if (this.goawayAt !== undefined || this.#closed !== undefined) return;
    this.goawayAt = this.#host.clock.now();
    this.#egress.goaway(ALL_STREAMS);
    this.#host.wantsFlush(this);
  }

  /** From now on streams that the peer opens are refused, untouched. */
  refuseStreams(): void {
    if (this.#refusing || this.#closed !== undefined) return;
    this.#refusing = true;
    this.#egress.goaway(this.streams.remoteOpened);
    this.#host.wantsFlush(this);
  }

  /** Ends the session with a word to the peer; streams fail with `error`. */
  close(code: number, error: TransportError, reason = ""): void {
    if (this.#closed !== undefined) return;
    this.#transmit(closeFrame(code, utf8(reason)));
    this.fail(error);
  }

  /** The peer has said CLOSE too: nothing more is to be expected of it. */
  get isClosedByPeer(): boolean {
    return this.#peerClosed;
  }

  /** Says CLOSE once more, to a peer that seems not to have heard it. */
  repeatClose(): void {
    if (!this.#peerClosed) this.#transmit(closeFrame(CloseCode.done, new Uint8Array()));
  }

  /** Ends the session without a word: the peer is gone. */
  fail(error: TransportError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#timer?.[Symbol.dispose]();
    this.#doubt[Symbol.dispose]();
    this.recovery.clear();
    this.failStreams(error);
    this.#host.onClosed(this, error);
  }

  /**
   * Fails every open stream, each saying whether anything of it may have arrived. `tell`: the peer
   * hears of it by resets, if it ever hears from us again.
   */
  failStreams(error: TransportError, tell = false): void {
    for (const stream of this.streams.streams) {
      const { delivered } = stream;
      if (tell) this.#egress.reset(stream.id, RESET_PEER_FAILED, false);
      stream.fail(withDelivered(error, delivered));
    }
  }

  /** Says a first word, by which the peer knows that the session stands. */
  greet(): void {
    this.#egress.ping();
    this.#host.wantsFlush(this);
  }

  /** The peer's port was refused by its system. */
  onRefused(): void {
    this.liveness.onRefused(this.#host.clock.now());
    this.#arm();
  }

  // Time

  #keepAliveAt(): number {
    const { probeIntervalMs, heartbeatMs } = this.#host.limits;
    if (this.recovery.outstanding > 0) return Number.POSITIVE_INFINITY;
    return this.#lastElicitingAt + (this.streams.watched > 0 ? probeIntervalMs : heartbeatMs);
  }

  #nextEventAt(): number {
    return Math.min(
      this.#acks.dueAt,
      this.recovery.nextAt() ?? Number.POSITIVE_INFINITY,
      this.liveness.nextAt(this.recovery.ptoMs) ?? Number.POSITIVE_INFINITY,
      this.#keepAliveAt(),
    );
  }

  /** Keeps the one timer of the session at or before the next event. */
  #arm(): void {
    if (this.#closed !== undefined) return;
    const at = this.#nextEventAt();
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerAt = at;
    const { clock } = this.#host;
    const wait = Math.max(0, at - clock.now());
    this.#timer = clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#onTimer();
      }, wait)
      .unref();
  }

  /**
   * The timer only notices. Whether something is lost or somebody silent is judged after all that
   * waits in the socket was read: an answer may be among it.
   */
  #onTimer(): void {
    if (this.#closed !== undefined) return;
    const now = this.#host.clock.now();
    if (now >= this.#acks.dueAt) this.flush(true);
    if (now < this.#nextEventAt()) {
      this.#arm();
      return;
    }
    this.#host.afterSocketIsDry(() => {
      if (this.#closed === undefined) this.#onDue();
    });
  }

  #onDue(): void {
    const now = this.#host.clock.now();
    if (this.recovery.isPtoDue(now)) {
      this.recovery.onPto(now);
      this.#probe(now);
      if (this.liveness.silentSince !== undefined) this.#host.probePort(this);
    }
    switch (this.liveness.step(now, this.recovery.ptoMs)) {
      case "probe":
        this.#egress.ping();
        this.#sendPacket(now, false);
        break;
      case "verdict":
        this.liveness.declareUnresponsive();
        this.#host.onHealthChange(this);
        break;
      case undefined:
        break;
    }
    if (now >= this.#keepAliveAt()) this.#egress.ping();
    this.flush(false);
  }
}
