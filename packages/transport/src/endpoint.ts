import {
  type Clock,
  deferred,
  Emitter,
  type Entropy,
  type Logger,
  type NodeId,
  silentLogger,
  systemClock,
  systemEntropy,
  toHex,
} from "@selvage/core";
import { type CryptoProvider, defaultProvider, type Identity } from "@selvage/identity";

import { resolveLimits, type TransportLimits } from "./defaults.ts";
import type { DatagramDriver, DatagramReceiver } from "./driver.ts";
import { plainText, TransportError } from "./errors.ts";
import { Dialer } from "./handshake/dialer.ts";
import { HandshakeGate } from "./handshake/gate.ts";
import type { Agreement, HandshakeHost } from "./handshake/handshake-host.ts";
import { BOOT_ID_BYTES, type OwnProof, type PeerProof } from "./handshake/proof.ts";
import { derivePskKeys, type PskKeys } from "./handshake/psk-keys.ts";
import { Responder } from "./handshake/responder.ts";
import { OwnPeer } from "./loopback/own-peer.ts";
import { Network } from "./network.ts";
import { PacketType, readU32 } from "./packet/header.ts";
import type { Violation } from "./packet/protocol-violation.ts";
import { PeerTable } from "./peer-table.ts";
import { Protocols } from "./protocols.ts";
import { Reach } from "./relay/reach.ts";
import { isRelayAddress, relayAddress, relayedNode } from "./relay/relay-address.ts";
import { Relays } from "./relay/relays.ts";
import { LoopDelay } from "./session/loop-delay.ts";
import { CloseCode, closeCodeFor, type SessionHost } from "./session/session-host.ts";
import type { Session } from "./session/session.ts";
import { Sessions } from "./sessions.ts";
import { StallWatch } from "./stall-watch.ts";
import { Counters, type DropReason } from "./stats.ts";
import { ReassemblyBudget } from "./stream/reassembly-budget.ts";
import type { Stream } from "./stream/stream.ts";
import type { PeerEvent, TransportConfig, TransportParts } from "./transport.ts";
import { Turn } from "./turn.ts";

/** Share of the socket's buffer that may be in flight towards us: the rest is bookkeeping and slack. */
const RECEIVE_BUDGET_SHARE = 0.375;

/** The largest packet ever made, in bytes: the largest UDP datagram, rounded up. */
const MAX_SCRATCH_BYTES = 65_536;

const isWildcard = (address: string): boolean => /^(0\.0\.0\.0|\[::\]):/.test(address);

/** One driver, one identity, and all sessions over it: dispatches datagrams and turns. */
export class Endpoint implements SessionHost, HandshakeHost, DatagramReceiver {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: CryptoProvider;
  readonly limits: TransportLimits;
  readonly budget: ReassemblyBudget;
  readonly scratch: Uint8Array;
  readonly own: OwnProof;
  readonly psks: readonly [PskKeys, ...PskKeys[]];
  readonly bootId: string;
  readonly relays: Relays;
  readonly driver: DatagramDriver;
  readonly network: Network;
  readonly #logger: Logger;
  readonly #advertise: readonly string[] | undefined;
  readonly sessions: Sessions;
  readonly peers: PeerTable;
  /** This node, to those who call it by its id. */
  readonly ownPeer: OwnPeer;
  readonly events: Emitter<PeerEvent>;
  readonly protocols: Protocols;
  readonly dialer: Dialer;
  readonly reach: Reach;
  readonly responder: Responder;
  readonly #gate: HandshakeGate;
  readonly #turn: Turn;
  readonly loop: LoopDelay;
  readonly #stalls: StallWatch;
  readonly dropped: Counters<DropReason> = new Counters();
  readonly violations: Counters<Violation> = new Counters();
  datagramsReceived = 0;
  bytesReceived = 0;
  /** Nothing is dialled or accepted any more. */
  isClosing = false;

  constructor(parts: TransportParts, { psk, advertise, limits, relay }: TransportConfig) {
    this.clock = parts.clock ?? systemClock;
    this.entropy = parts.entropy ?? systemEntropy;
    this.crypto = parts.crypto ?? defaultProvider();
    this.limits = resolveLimits(limits);
    this.driver = parts.driver;
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
        receiveBudgetBytes: Math.floor(this.driver.receiveBufferBytes * RECEIVE_BUDGET_SHARE),
      },
    };
    const reportError = (error: unknown): void => this.reportError(error);
    const now = (): number => this.clock.now();
    this.scratch = new Uint8Array(MAX_SCRATCH_BYTES);
    this.budget = new ReassemblyBudget(
      this.limits.reassemblyBudgetBytes,
      this.limits.reassemblyStallMs,
      now,
    );
    this.events = new Emitter(reportError);
    this.relays = new Relays(this, relay);
    this.network = new Network(this.driver, this.relays, limits?.maxDatagramBytes);
    this.peers = new PeerTable(this, this.nodeId, (event) => this.#emit(event));
    this.protocols = new Protocols(reportError);
    this.responder = new Responder(this, () => this.#drop("handshake-too-many"));
    this.dialer = new Dialer(this, {
      create: (agreement) => this.#createSession(agreement),
      confirmed: (session) => {
        const admission = deferred<void>();
        this.#admit(session, admission.resolve, admission.reject);
        return admission.promise;
      },
    });
    this.reach = new Reach({
      host: this,
      dialer: this.dialer,
      relays: this.relays,
      resolve: (address) => this.#resolve(address),
      assertOpen: () => this.assertOpen(),
    });
    this.sessions = new Sessions(this, this.dialer, (session) =>
      this.peers.onUnknownSession(session),
    );
    this.#gate = new HandshakeGate(this, {
      dialer: this.dialer,
      responder: this.responder,
      onAgreed: (agreement) => this.#accept(agreement),
      onLateFinal: (index) => this.sessions.onLateFinal(index),
      onUnknownSession: (index, sender) => {
        const drop = this.sessions.onHint(index, sender);
        if (drop !== undefined) this.#drop(drop);
      },
    });
    this.#turn = new Turn(this.clock, (stream) => {
      if (!this.peers.hold(stream)) this.protocols.start(stream);
    });
    this.ownPeer = this.#createOwnPeer(parts.identity);
    this.loop = new LoopDelay(this.clock, (lagMs) => this.#onTick(lagMs));
    this.#stalls = new StallWatch({
      afterSocketIsDry: (fn) => this.#turn.afterSocketIsDry(fn),
      onStall: (lagMs) => this.#onOwnStall(lagMs),
    });
    this.driver.listen(this);
  }

  get nodeId(): NodeId {
    return this.own.identity.nodeId;
  }

  get advertised(): readonly string[] {
    // A wildcard is no address that anybody could dial.
    return this.#advertise ?? (isWildcard(this.driver.address) ? [] : [this.driver.address]);
  }

  // For sessions and handshakes

  loopDelayMs(): number {
    return this.loop.recentMs();
  }

  transmit(datagram: Uint8Array, to: string): void {
    this.network.transmit(datagram, to);
  }

  freeIndex(): number {
    for (;;) {
      const index = readU32(this.entropy.bytes(4), 0);
      if (![this.sessions, this.dialer, this.responder].some((known) => known.has(index))) {
        return index;
      }
    }
  }

  waysTo(peer: PeerProof): readonly string[] {
    return this.network.waysTo(peer);
  }

  maxDatagramBytesTo(address: string): number {
    return this.network.maxDatagramBytesTo(address);
  }

  wantsFlush(session: Session): void {
    this.#turn.wantsFlush(session);
  }

  afterSocketIsDry(fn: () => void): void {
    this.#turn.afterSocketIsDry(fn);
  }

  probePort(session: Session): void {
    void this.network.isRefused(session.path).then((isRefused) => {
      if (isRefused && !session.isClosed) session.onRefused();
    });
  }

  onIncoming(stream: Stream): void {
    stream.stallMs = this.#stalls.stallMs;
    this.#turn.onIncoming(stream);
  }

  reportError(error: unknown): void {
    this.#logger.error("a callback threw", { error });
  }

  onHealthChange(session: Session): void {
    this.peers.review(session);
    this.relays.review(session);
  }

  onViolation(session: Session, reason: Violation): void {
    this.violations.count(reason);
    const text = `node ${session.nodeId} broke the protocol: ${reason}`;
    const error = new TransportError("session-lost", text, { delivered: "maybe" });
    session.close(CloseCode.violation, error, reason);
  }

  onLeft(session: Session, error: TransportError): void {
    this.peers.onLeft(session, error);
  }

  onClosed(session: Session, error: TransportError): void {
    this.sessions.remove(session);
    this.relays.onClosed(session);
    this.peers.remove(session, error);
  }

  // For relaying

  receiveRelayed(inner: Uint8Array, from: string, source: string): void {
    const drop = this.#take(inner, from, source);
    if (drop !== undefined) this.#drop(drop);
  }

  onRelayLimit(destination: NodeId, bytes: number): void {
    const path = relayAddress(destination);
    for (const session of this.peers.get(destination)?.sessions ?? []) {
      if (session.path === path) session.onPathLimit(bytes);
    }
  }

  // For the driver

  onDatagram(datagram: Uint8Array, from: string): void {
    this.datagramsReceived++;
    this.bytesReceived += datagram.length;
    this.#turn.onDatagram();
    this.#stalls.notice(this.loop.lagMs());
    const drop = this.#take(datagram, from, from);
    if (drop !== undefined) this.#drop(drop);
  }

  onError(error: unknown): void {
    this.#logger.warn("the datagram driver reported an error", { error });
  }

  /** Answers why the datagram was dropped, if it was. `source`: whose share of handshakes it uses. */
  #take(datagram: Uint8Array, from: string, source: string): DropReason | undefined {
    const { isClosing } = this;
    if (datagram[0] === PacketType.data) return this.sessions.onPacket(datagram, from, !isClosing);
    if (isClosing) return undefined;
    const drop = this.#gate.onPacket(datagram, from, source);
    if (this.responder.size > 0) this.loop.start();
    return drop;
  }

  #accept(agreement: Agreement): void {
    if (this.sessions.size >= this.limits.maxSessions) return this.#drop("handshake-too-many");
    const { address, peer } = agreement;
    // Whoever passes a packet on may claim any source.
    if (isRelayAddress(address) && relayedNode(address) !== peer.nodeId) {
      return this.#drop("handshake-authentication");
    }
    const session = this.#createSession(agreement);
    this.#admit(session, () => session.greet());
  }

  /** The session stands from `accept` on, or is closed for whom it is with. */
  #admit(session: Session, accept: () => void, refuse?: (error: TransportError) => void): void {
    this.peers.admit({
      session,
      accept: () => {
        this.relays.onAdmitted(session);
        accept();
      },
      refuse: (error) => {
        const { kind } = error;
        if (kind === "identity-in-use" || kind === "node-id-conflict") this.#drop(kind);
        session.close(closeCodeFor(kind), error, plainText(error));
        refuse?.(error);
      },
    });
  }

  #createSession(agreement: Agreement): Session {
    const session = this.sessions.create(agreement);
    this.loop.start();
    return session;
  }

  #onTick(lagMs: number): void {
    this.#stalls.onTick(lagMs);
    const now = this.clock.now();
    this.responder.expire(now);
    this.budget.reclaim();
    this.peers.tick(now);
    this.relays.tick(now);
    this.sessions.expire(now);
    if (!this.isClosing) this.sessions.renewOld(now);
    const isIdle = this.sessions.isIdle && this.ownPeer.size === 0;
    if (isIdle && this.responder.size === 0) this.loop.stop();
  }

  #createOwnPeer({ nodeId, entityId }: Identity): OwnPeer {
    const { bootId, clock, limits, budget, own } = this;
    return new OwnPeer({
      proof: { nodeId, entityId, bootId, parameters: own.parameters, addresses: [] },
      clock,
      limits,
      budget,
      address: () => this.driver.address,
      addresses: () => this.advertised,
      wantsFlush: (peer) => this.#turn.wantsFlush(peer),
      onOpen: () => this.loop.start(),
      onIncoming: (stream) => this.onIncoming(stream),
      reportError: (error) => this.reportError(error),
      loopDelayMs: () => this.loopDelayMs(),
    });
  }

  /** We stood still: read what waits before judging anybody or starting anything. */
  #onOwnStall(lagMs: number): void {
    for (const session of this.sessions.all) session.onOwnStall(lagMs);
    this.ownPeer.onOwnStall(lagMs);
    this.#turn.holdHandlers();
  }

  async #resolve(address: string): Promise<string> {
    const resolved = await this.network.resolve(address);
    this.assertOpen();
    return resolved;
  }

  #emit(event: PeerEvent): void {
    const { type, peer, reason } = event;
    this.#logger.debug("peer", { type, nodeId: peer.nodeId, reason });
    for (const session of this.peers.get(peer.nodeId)?.sessions ?? []) this.relays.review(session);
    this.events.emit(event);
  }

  #drop(reason: DropReason): void {
    this.dropped.count(reason);
  }

  /** @throws {@link TransportError} `closed`. */
  assertOpen(): void {
    if (this.isClosing) throw new TransportError("closed", "the transport was closed");
  }
  /** Lets everything go, once no session stands. */
  async end(): Promise<void> {
    this.relays.close();
    this.loop.stop();
    this.events.clear();
    await this.driver.close();
  }
}
