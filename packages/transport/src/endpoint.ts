import {
  type Clock,
  CloseOnce,
  Emitter,
  type Entropy,
  type Logger,
  type NodeId,
  silentLogger,
  systemClock,
  systemEntropy,
  toHex,
} from "@selvage/core";
import { type CryptoProvider, defaultProvider } from "@selvage/identity";

import { ClosingSessions } from "./closing-sessions.ts";
import { resolveLimits, STALL_MS, type TransportLimits } from "./defaults.ts";
import type { DatagramDriver, DatagramReceiver } from "./driver.ts";
import { TransportError } from "./errors.ts";
import { Dialer } from "./handshake/dialer.ts";
import { HandshakeGate } from "./handshake/gate.ts";
import type { Agreement, HandshakeHost } from "./handshake/handshake-host.ts";
import { writeUnknownSession } from "./handshake/packets.ts";
import { BOOT_ID_BYTES, type OwnProof } from "./handshake/proof.ts";
import { derivePskKeys, type PskKeys, sealMac } from "./handshake/psk-keys.ts";
import { Responder } from "./handshake/responder.ts";
import {
  AEAD_TAG_BYTES,
  DATA_HEADER_BYTES,
  PacketType,
  PROTOCOL_VERSION,
  readSessionIndex,
  readU32,
} from "./packet/header.ts";
import { ProtocolViolation, type Violation } from "./packet/protocol-violation.ts";
import { PeerTable } from "./peer-table.ts";
import type { Peer } from "./peer.ts";
import { Protocols } from "./protocols.ts";
import { LoopDelay } from "./session/loop-delay.ts";
import { CloseCode, type SessionHost } from "./session/session-host.ts";
import { Session } from "./session/session.ts";
import { untilCloseIsHeard, untilDrained, untilGoawayIsHeard } from "./shutdown.ts";
import { Counters, type DropReason, type TransportStats } from "./stats.ts";
import { ReassemblyBudget } from "./stream/reassembly-budget.ts";
import type { Stream } from "./stream/stream.ts";
import { TokenBucket } from "./token-bucket.ts";
import type {
  ConnectOptions,
  DialTarget,
  PeerEvent,
  StreamHandler,
  Transport,
  TransportConfig,
  TransportParts,
} from "./transport.ts";
import { Turn } from "./turn.ts";

/** Hints about unknown sessions per second, and at once. */
const HINTS_PER_SECOND = 50;
/** Share of the socket's buffer that may be in flight towards us: the rest is bookkeeping and slack. */
const RECEIVE_BUDGET_SHARE = 0.375;

/** One driver, one identity, and all sessions over it: dispatches datagrams and turns. */
export class Endpoint implements Transport, SessionHost, HandshakeHost, DatagramReceiver {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: CryptoProvider;
  readonly limits: TransportLimits;
  readonly budget: ReassemblyBudget;
  readonly own: OwnProof;
  readonly psks: readonly [PskKeys, ...PskKeys[]];
  readonly bootId: string;
  readonly #driver: DatagramDriver;
  readonly #logger: Logger;
  readonly #advertise: readonly string[] | undefined;
  readonly #sessions: Map<number, Session> = new Map();
  readonly #closing = new ClosingSessions();
  readonly #peers: PeerTable;
  readonly #events: Emitter<PeerEvent>;
  readonly #protocols: Protocols;
  readonly #dialer: Dialer;
  readonly #responder: Responder;
  readonly #gate: HandshakeGate;
  readonly #turn: Turn;
  readonly #loop: LoopDelay;
  readonly #hints: TokenBucket;
  readonly #hintsHeeded: TokenBucket;
  readonly #dropped = new Counters<DropReason>();
  readonly #violations = new Counters<Violation>();
  readonly #closeOnce = new CloseOnce(() => this.#close());
  #stallMs = 0;
  /** Of the lag of the next look at the loop, what was taken off everybody's silence already. */
  #forgivenLagMs = 0;
  #datagramsReceived = 0;
  #datagramsSent = 0;
  #bytesReceived = 0;
  #bytesSent = 0;

  constructor(parts: TransportParts, { psk, advertise, limits }: TransportConfig) {
    this.clock = parts.clock ?? systemClock;
    this.entropy = parts.entropy ?? systemEntropy;
    this.crypto = parts.crypto ?? defaultProvider();
    this.limits = resolveLimits(limits);
    this.#driver = parts.driver;
    this.#logger = parts.logger ?? silentLogger;
    this.#advertise = advertise;
    const [dialling, ...accepted] = psk instanceof Uint8Array ? [psk] : psk;
    this.psks = [
      derivePskKeys(this.crypto, dialling),
      ...accepted.map((key) => derivePskKeys(this.crypto, key)),
    ];
    const bootId = this.entropy.bytes(BOOT_ID_BYTES);
    this.bootId = toHex(bootId);
    this.own = {
      identity: parts.identity,
      bootId,
      addresses: () => this.advertised,
      parameters: {
        streamWindowBytes: this.limits.streamWindowBytes,
        maxOpenStreams: this.limits.maxOpenStreams,
        maxMessageBytes: this.limits.maxMessageBytes,
        maxAckDelayMs: this.limits.maxAckDelayMs,
        receiveBudgetBytes: Math.floor(this.#driver.receiveBufferBytes * RECEIVE_BUDGET_SHARE),
      },
    };
    const reportError = (error: unknown): void => this.#logger.error("a callback threw", { error });
    const now = (): number => this.clock.now();
    this.budget = new ReassemblyBudget(
      this.limits.reassemblyBudgetBytes,
      this.limits.reassemblyStallMs,
      now,
    );
    this.#events = new Emitter(reportError);
    this.#peers = new PeerTable(this, this.nodeId, (event) => this.#emit(event));
    this.#protocols = new Protocols(reportError);
    this.#responder = new Responder(this);
    this.#dialer = new Dialer(this, {
      create: (agreement) => this.#createSession(agreement),
      confirmed: (session) => this.#peers.add(session),
    });
    this.#gate = new HandshakeGate(this, {
      dialer: this.#dialer,
      responder: this.#responder,
      onAgreed: (agreement) => this.#accept(agreement),
      onUnknownSession: (index, sender) => this.#onHint(index, sender),
    });
    this.#turn = new Turn(this.clock, (stream) => this.#protocols.start(stream));
    this.#loop = new LoopDelay(this.clock, (lagMs) => this.#onTick(lagMs));
    this.#hints = new TokenBucket(HINTS_PER_SECOND, HINTS_PER_SECOND, now);
    this.#hintsHeeded = new TokenBucket(HINTS_PER_SECOND, HINTS_PER_SECOND, now);
    this.#driver.listen(this);
  }

  get nodeId(): NodeId {
    return this.own.identity.nodeId;
  }

  get address(): string {
    return this.#driver.address;
  }

  get advertised(): readonly string[] {
    return this.#advertise ?? [this.#driver.address];
  }

  get maxMessageBytes(): number {
    return this.limits.maxMessageBytes;
  }

  get onPeer(): Transport["onPeer"] {
    return this.#events.on;
  }

  async connect(target: DialTarget, options: ConnectOptions = {}): Promise<Peer> {
    options.signal?.throwIfAborted();
    this.#assertOpen();
    const known = target.nodeId === undefined ? undefined : this.#peers.get(target.nodeId);
    if (known !== undefined && known.membership !== "failed" && !known.isGoingAway) return known;
    const address = await this.#resolve(target.address);
    this.#assertOpen();
    const session = await this.#dialer.dial(address, target.nodeId, options);
    const peer = this.#peers.get(session.nodeId);
    if (peer === undefined) {
      throw new TransportError("session-lost", `the session with ${session.nodeId} ended at once`);
    }
    return peer;
  }

  peer(nodeId: NodeId): Peer | undefined {
    return this.#peers.get(nodeId);
  }

  peers(): Peer[] {
    return this.#peers.all();
  }

  serve(protocol: number, handler: StreamHandler): Disposable {
    return this.#protocols.serve(protocol, handler);
  }

  goAway(): void {
    for (const session of this.#sessions.values()) session.sendGoaway();
  }

  stats(): TransportStats {
    let packetsLost = 0;
    let streams = 0;
    for (const session of this.#sessions.values()) {
      packetsLost += session.recovery.lostPackets;
      streams += session.streams.size;
    }
    return {
      crypto: this.crypto.name,
      sessions: this.#sessions.size,
      streams,
      peers: this.#peers.size,
      pendingHandshakes: this.#responder.size,
      datagramsReceived: this.#datagramsReceived,
      datagramsSent: this.#datagramsSent,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      packetsLost,
      dropped: this.#dropped.snapshot(),
      violations: this.#violations.snapshot(),
      loopDelayMs: this.#loop.recentMs(),
      reassemblyFreeBytes: this.budget.freeBytes,
    };
  }

  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // For sessions and handshakes

  loopDelayMs(): number {
    return this.#loop.recentMs();
  }

  transmit(datagram: Uint8Array, to: string): void {
    this.#datagramsSent++;
    this.#bytesSent += datagram.length;
    this.#driver.send(datagram, to);
  }

  freeIndex(): number {
    for (;;) {
      const index = readU32(this.entropy.bytes(4), 0);
      if (!this.#sessions.has(index) && !this.#closing.has(index) && !this.#dialer.has(index)) {
        if (!this.#responder.has(index)) return index;
      }
    }
  }

  wantsFlush(session: Session): void {
    this.#turn.wantsFlush(session);
  }

  afterSocketIsDry(fn: () => void): void {
    this.#turn.afterSocketIsDry(fn);
  }

  probePort(session: Session): void {
    if (this.#driver.probe === undefined) return;
    void this.#driver.probe(session.path).then((result) => {
      if (result === "refused" && !session.isClosed) session.onRefused();
    });
  }

  onIncoming(stream: Stream): void {
    stream.stallMs = this.#stallMs;
    this.#turn.onIncoming(stream);
  }

  onHealthChange(session: Session): void {
    this.#peers.review(session);
  }

  onViolation(session: Session, reason: Violation): void {
    this.#violations.count(reason);
    const text = `node ${session.nodeId} broke the protocol: ${reason}`;
    const error = new TransportError("session-lost", text, { delivered: "maybe" });
    session.close(CloseCode.violation, error, reason);
  }

  onClosed(session: Session, error: TransportError): void {
    this.#sessions.delete(session.localIndex);
    this.#closing.add(session, this.clock.now());
    this.#peers.remove(session, error);
  }

  // For the driver

  onDatagram(datagram: Uint8Array, from: string): void {
    this.#datagramsReceived++;
    this.#bytesReceived += datagram.length;
    this.#turn.onDatagram();
    this.#noticeStall(this.#loop.lagMs());
    if (datagram[0] === PacketType.data) {
      this.#onData(datagram, from);
    } else if (!this.#closeOnce.started) {
      const drop = this.#gate.onPacket(datagram, from);
      if (this.#responder.size > 0) this.#loop.start();
      if (drop !== undefined) this.#drop(drop);
    }
  }

  onError(error: unknown): void {
    this.#logger.warn("the datagram driver reported an error", { error });
  }

  #onData(datagram: Uint8Array, from: string): void {
    if (datagram.length < DATA_HEADER_BYTES + AEAD_TAG_BYTES) return this.#drop("too-short");
    if (datagram[1] !== PROTOCOL_VERSION) return this.#drop("unknown-version");
    const index = readSessionIndex(datagram);
    const session = this.#sessions.get(index);
    if (session === undefined) {
      this.#onUnknownSession(index, datagram, from);
      return;
    }
    try {
      if (!session.onPacket(datagram, from)) this.#drop("unauthenticated");
      else this.#dialer.confirm(session);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.onViolation(session, error.reason);
    }
  }

  /** A late packet of a closed session, or of one that an earlier process of ours had. */
  #onUnknownSession(index: number, datagram: Uint8Array, from: string): void {
    if (this.#closing.onPacket(index, datagram)) return;
    this.#drop("unknown-session");
    if (this.#closeOnce.started || !this.#hints.take()) return;
    const hint = writeUnknownSession(index);
    sealMac(this.crypto, this.psks[0], hint);
    this.transmit(hint, from);
  }

  #accept(agreement: Agreement): void {
    if (this.#sessions.size >= this.limits.maxSessions) return this.#drop("handshake-too-many");
    const session = this.#createSession(agreement);
    this.#peers.add(session);
    session.greet();
  }

  /** The peer says that it knows nothing of a session of ours: it has restarted, most likely. */
  #onHint(remoteIndex: number, from: string): void {
    for (const session of this.#sessions.values()) {
      if (session.remoteIndex !== remoteIndex || session.path !== from) continue;
      if (!this.#hintsHeeded.take()) return;
      void this.#dialer.dial(from, session.nodeId, {}).then(
        () => session.endUnlessHeard(),
        () => {},
      );
      return;
    }
    this.#drop("replayed-hint");
  }

  #createSession(agreement: Agreement): Session {
    const { role, keys } = agreement;
    const outward = role === "initiator" ? keys.initiatorToResponder : keys.responderToInitiator;
    const inward = role === "initiator" ? keys.responderToInitiator : keys.initiatorToResponder;
    const session = new Session(this, {
      role,
      localIndex: agreement.localIndex,
      remoteIndex: agreement.remoteIndex,
      path: agreement.address,
      peer: agreement.peer,
      seal: this.crypto.aead(outward),
      open: this.crypto.aead(inward),
      handshakeRttMs: agreement.rttMs,
    });
    this.#sessions.set(session.localIndex, session);
    this.#loop.start();
    return session;
  }

  #onTick(lagMs: number): void {
    this.#noticeStall(lagMs);
    this.#forgivenLagMs = 0;
    const now = this.clock.now();
    this.#responder.expire(now);
    this.budget.reclaim();
    this.#peers.tick(now);
    this.#closing.expire(now);
    if (this.#sessions.size + this.#responder.size + this.#closing.size === 0) this.#loop.stop();
  }

  /** A standstill may show by datagrams before the look that it delays: it is forgiven once. */
  #noticeStall(lagMs: number): void {
    const fresh = lagMs - this.#forgivenLagMs;
    if (fresh <= STALL_MS || this.#stallMs > 0) return;
    this.#forgivenLagMs = lagMs;
    this.#onOwnStall(fresh);
  }

  /** We stood still: read what waits before judging anybody or starting anything. */
  #onOwnStall(lagMs: number): void {
    this.#stallMs = lagMs;
    for (const session of this.#sessions.values()) session.onOwnStall(lagMs);
    this.#turn.holdHandlers();
    this.#turn.afterSocketIsDry(() => {
      this.#stallMs = 0;
    });
  }

  async #resolve(address: string): Promise<string> {
    try {
      return (await this.#driver.resolve?.(address)) ?? address;
    } catch (cause) {
      throw new TransportError("address", `cannot resolve "${address}"`, { cause });
    }
  }

  #emit(event: PeerEvent): void {
    this.#logger.debug("peer", { type: event.type, nodeId: event.peer.nodeId });
    this.#events.emit(event);
  }

  #drop(reason: DropReason): void {
    this.#dropped.count(reason);
  }

  #assertOpen(): void {
    if (this.#closeOnce.started) throw new TransportError("closed", "the transport was closed");
  }

  async #close(): Promise<void> {
    const closed = new TransportError("closed", "the transport was closed");
    this.goAway();
    this.#dialer.close(closed);
    await untilGoawayIsHeard(this.clock, [...this.#sessions.values()]);
    const sessions = [...this.#sessions.values()];
    for (const session of sessions) session.refuseStreams();
    await untilDrained(this.clock, sessions, this.limits.drainMs);
    for (const session of sessions) session.close(CloseCode.done, closed);
    await untilCloseIsHeard(this.clock, sessions);
    this.#loop.stop();
    this.#events.clear();
    await this.#driver.close();
  }
}
