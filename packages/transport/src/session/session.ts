import { type NodeId, utf8 } from "@selvage/core";

import { TransportError, withDelivered } from "../errors.ts";
import type { PeerProof } from "../handshake/proof.ts";
import { FrameType } from "../packet/frames.ts";
import type { Violation } from "../packet/protocol-violation.ts";
import type { OpenStreamOptions } from "../peer.ts";
import type { Role } from "../stream/stream-table.ts";
import type { Stream } from "../stream/stream.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { closeFrame, readableReason } from "./close-frame.ts";
import type { ControlFrame } from "./control-queue.ts";
import { Doubt } from "./doubt.ts";
import { Egress, type LooseFrame } from "./egress.ts";
import { dispatchFrames, type FrameSink, isPathProbe } from "./ingress.ts";
import { Liveness } from "./liveness.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { PacketSender } from "./packet-sender.ts";
import { PathSearch } from "./path-search.ts";
import { Recovery } from "./recovery.ts";
import { SessionDuties } from "./session-duties.ts";
import { CloseCode, type SessionHost } from "./session-host.ts";
import type { SessionParts } from "./session-parts.ts";
import { SessionSink } from "./session-sink.ts";
import { SessionStreams } from "./session-streams.ts";

/** A GOAWAY that only asks: every stream opened so far is taken. */
const ALL_STREAMS: number = Number.MAX_SAFE_INTEGER;
/** Failed authentications after which a session must end (RFC 9001 §6.6). */
const MAX_FAILED_AUTHENTICATIONS = 2 ** 36;

/** One encrypted session with a peer: what arrives, what is sent when, and how it ends. */
export class Session {
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly role: Role;
  readonly peer: PeerProof;
  readonly nodeId: NodeId;
  readonly establishedAt: number;
  readonly streams: SessionStreams;
  readonly liveness: Liveness;
  readonly recovery: Recovery;
  readonly paths: PathSearch;
  readonly cipher: PacketCipher;
  readonly sender: PacketSender;
  /** When we asked the peer to open no more streams. */
  goawayAt: number | undefined;
  /** Authenticated packets so far. */
  packetsReceived = 0;
  /** When another session was found to have taken its place. */
  supersededAt: number | undefined;
  /** When another handshake was begun in its place. */
  redialledAt: number = Number.NEGATIVE_INFINITY;
  /** In the endpoint's list of sessions to flush. */
  flushQueued = false;
  readonly #host: SessionHost;
  readonly #acks: Acknowledgements;
  readonly #egress: Egress;
  readonly #doubt: Doubt;
  readonly #duties: SessionDuties;
  readonly #sink: FrameSink;
  #lastReceivedAt: number;
  #closed: TransportError | undefined;
  #peerClosed = false;
  /**
   * The CLOSE frame that is said to whoever has not heard it. A session that ended without a word
   * says nothing about others with the same peer.
   */
  #lastWord: Uint8Array = closeFrame(CloseCode.superseded, utf8(""));
  #violation: Violation | undefined;

  constructor(host: SessionHost, parts: SessionParts) {
    const now = host.clock.now();
    const { limits } = host;
    const { parameters } = parts.peer;
    this.#host = host;
    this.localIndex = parts.localIndex;
    this.remoteIndex = parts.remoteIndex;
    this.role = parts.role;
    this.peer = parts.peer;
    this.nodeId = parts.peer.nodeId;
    this.establishedAt = now;
    this.#lastReceivedAt = now;
    this.cipher = new PacketCipher({ ...parts, crypto: host.crypto });
    this.#acks = new Acknowledgements(limits.maxAckDelayMs);
    this.#egress = new Egress(this.#acks.received, host.scratch);
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
      loopDelayMs: () => host.loopDelayMs(),
    });
    this.paths = new PathSearch(host, parts, {
      ptoMs: () => this.recovery.ptoMs,
      sendOn: (address, payload) => this.sender.sendOn(address, payload),
      onPathChange: (rttMs) => this.#onPathChange(rttMs),
    });
    this.sender = new PacketSender(
      {
        cipher: this.cipher,
        acks: this.#acks,
        egress: this.#egress,
        recovery: this.recovery,
        liveness: this.liveness,
        paths: this.paths.paths,
        scratch: host.scratch,
        keyPhasePackets: limits.keyPhasePackets,
        loopDelayMs: () => host.loopDelayMs(),
        transmit: (datagram, to) => host.transmit(datagram, to),
      },
      now,
      this.paths.mtuSearch(),
    );
    this.streams = new SessionStreams(host, parts, this.#egress, {
      hasToSend: (newBytes) => this.#hasToSend(newBytes),
      onWatched: () => this.#duties.arm(),
      violated: (reason) => this.violated(reason),
    });
    this.#sink = new SessionSink(host, this);
    this.#duties = new SessionDuties(host, {
      acks: this.#acks,
      cipher: this.cipher,
      egress: this.#egress,
      liveness: this.liveness,
      paths: this.paths,
      recovery: this.recovery,
      sender: this.sender,
      streams: this.streams,
      flush: (ackNow, mayJudge) => this.flush(ackNow, mayJudge),
      onSilence: () => host.probePort(this),
      onVerdict: () => host.onHealthChange(this),
    });
  }

  /** Where the peer is. */
  get path(): string {
    return this.paths.current;
  }

  /** Bytes of frames in the largest packet that the path takes. */
  get roomBytes(): number {
    return this.sender.roomBytes;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Why the session ended; `undefined` while it goes on. */
  get failure(): TransportError | undefined {
    return this.#closed;
  }

  /** The peer said that it takes no new streams. */
  get isGoingAway(): boolean {
    return this.streams.peerGoesAway;
  }

  /** Milliseconds since the last authenticated packet. */
  silenceMs(now: number): number {
    return now - this.#lastReceivedAt;
  }

  /** Our own loop stood still: the peer could not be heard meanwhile. */
  onOwnStall(lagMs: number): void {
    const now = this.#host.clock.now();
    this.liveness.onOwnStall(now, lagMs);
    this.recovery.onOwnStall(now);
    this.streams.onOwnStall(lagMs);
    this.#lastReceivedAt = Math.min(now, this.#lastReceivedAt + lagMs);
  }

  /** Opens a stream; nothing is sent before its first message. */
  openStream(protocol: number, options: OpenStreamOptions): Stream {
    // The error of the session speaks of streams that were open; of this one nothing ever left.
    if (this.#closed !== undefined) throw withDelivered(this.#closed, "never");
    return this.streams.open(protocol, options);
  }

  // What arrives

  /** Takes a data packet; answers whether it authenticated. The memory is written to. */
  onPacket(datagram: Uint8Array, from: string): boolean {
    const packet = this.cipher.open(datagram);
    if (packet === undefined) {
      if (this.cipher.failures >= MAX_FAILED_AUTHENTICATIONS) this.#closeAtAuthLimit();
      return false;
    }
    const { number, isNewest, payload } = packet;
    if (this.#closed !== undefined) {
      if (payload[0] === FrameType.close) this.#peerClosed = true;
      return true;
    }
    const now = this.#host.clock.now();
    this.packetsReceived++;
    this.#lastReceivedAt = now;
    this.#duties.onOpened(now);
    this.paths.onPacket(now, from, datagram.length, isNewest && !isPathProbe(payload));
    const gap = this.#acks.received.add(number);
    if (dispatchFrames(payload, this.#sink)) this.#acks.onEliciting(now, gap);
    this.paths.answer();
    this.#host.wantsFlush(this);
    return true;
  }

  /** The peer says that the session is over. */
  onClose(code: number, reason: Uint8Array): void {
    const text = readableReason(reason);
    this.#sayLastWord();
    this.#peerClosed = true;
    const error = new TransportError(
      code === CloseCode.identityInUse ? "identity-in-use" : "session-lost",
      `node ${this.nodeId} closed the session (code ${code}${text === "" ? "" : `: ${text}`})`,
      { delivered: "maybe" },
    );
    if (code === CloseCode.done) this.#host.onLeft(this, error);
    this.fail(error);
  }

  // What is said

  /**
   * Sends what is due; called at the end of a turn. `ackNow`: do not hold back the ACK. `mayJudge`:
   * what waits in the socket was read, so that what is missing is lost.
   */
  flush(ackNow: boolean, mayJudge = true): void {
    if (this.#closed !== undefined) return;
    if (this.#violation !== undefined) {
      this.#host.onViolation(this, this.#violation);
      return;
    }
    this.sender.flush(this.#host.clock.now(), ackNow, mayJudge);
    this.#duties.arm();
  }

  /** Says a first word, by which the peer knows that the session stands. */
  greet(): void {
    this.#egress.ping();
    this.#host.wantsFlush(this);
  }

  /** Queues a frame that the peer must hear of. */
  say(frame: ControlFrame): void {
    if (this.#closed !== undefined) return;
    this.#egress.background(frame);
    this.#host.wantsFlush(this);
  }

  /** Queues a frame that is said once; answers whether there was room for it. */
  sayOnce(frame: LooseFrame): boolean {
    if (this.#closed !== undefined || !this.#egress.loose(frame)) return false;
    this.#host.wantsFlush(this);
    return true;
  }

  /** The peer broke the protocol, as it turned out outside its packets: ends at the next flush. */
  violated(reason: Violation): void {
    this.#violation ??= reason;
    this.#host.wantsFlush(this);
  }

  #hasToSend(newBytes: number): void {
    if (newBytes > 0 && this.#closed === undefined) this.sender.flushFull(this.#host.clock);
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
    if (this.#closed === undefined) this.streams.refuse();
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

  /** Ends the session with a word to the peer; streams fail with `error`. */
  close(code: number, error: TransportError, reason = ""): void {
    if (this.#closed !== undefined) return;
    this.#lastWord = closeFrame(code, utf8(reason));
    this.#sayLastWord();
    this.fail(error);
  }

  /** The peer has said CLOSE too: nothing more is to be expected of it. */
  get isClosedByPeer(): boolean {
    return this.#peerClosed;
  }

  /** Says CLOSE once more, to a peer that seems not to have heard it. */
  repeatClose(): void {
    if (!this.#peerClosed) this.#sayLastWord();
  }

  /** Ends the session without a word: the peer is gone. */
  fail(error: TransportError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#duties[Symbol.dispose]();
    this.#doubt[Symbol.dispose]();
    this.recovery.clear();
    this.streams.fail(error);
    this.#host.onClosed(this, error);
  }

  /** The peer's port was refused by its system. */
  onRefused(): void {
    this.liveness.onRefused(this.#host.clock.now());
    this.#duties.arm();
  }

  #sayLastWord(): void {
    this.sender.sendOn(this.path, this.#lastWord);
  }

  #closeAtAuthLimit(): void {
    const text = `the session with node ${this.nodeId} met too many forged packets`;
    this.close(
      CloseCode.forgeries,
      new TransportError("session-lost", text, { delivered: "maybe" }),
    );
  }

  // Paths

  /** The path leads over other relays than before. */
  onRouteChange(): void {
    if (this.#closed === undefined) this.#startAnew(undefined);
  }

  /** The path takes no datagrams above `bytes`. */
  onPathLimit(bytes: number): void {
    this.sender.onMtuLimit(bytes);
  }

  #onPathChange(rttMs: number | undefined): void {
    this.#host.relays.onPathChange(this);
    this.#startAnew(rttMs);
  }

  #startAnew(rttMs: number | undefined): void {
    const now = this.#host.clock.now();
    this.recovery.onPathChange(now, rttMs);
    this.sender.onPathChange(this.paths.mtuSearch());
    // What is under way on the old path may never arrive: the new one is used at once.
    this.#egress.ping();
    this.#host.wantsFlush(this);
  }
}
