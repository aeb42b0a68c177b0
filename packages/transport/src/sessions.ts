import { TokenBucket } from "@selvage/core";

import { ClosingSessions } from "./closing-sessions.ts";
import { isTransportError, TransportError } from "./errors.ts";
import type { Dialer } from "./handshake/dialer.ts";
import type { Agreement, HandshakeHost } from "./handshake/handshake-host.ts";
import { UNKNOWN_SESSION_BYTES, writeUnknownSession } from "./handshake/packets.ts";
import { sealMac } from "./handshake/psk-keys.ts";
import { PACKET_OVERHEAD_BYTES, PROTOCOL_VERSION, readSessionIndex } from "./packet/header.ts";
import { ProtocolViolation } from "./packet/protocol-violation.ts";
import type { SessionHost } from "./session/session-host.ts";
import { Session } from "./session/session.ts";
import type { DropReason } from "./stats.ts";

/** Hints about unknown sessions sent, and heeded, per second and at once. */
const HINTS_PER_SECOND = 50;

/** The least time between two handshakes begun in place of one session, in milliseconds. */
const REDIAL_PAUSE_MS = 1_000;

/** All sessions of a node, by the index under which their packets arrive. */
export class Sessions {
  readonly #host: SessionHost & HandshakeHost;
  readonly #dialer: Dialer;
  readonly #isClaimed: (session: Session) => boolean;
  readonly #byIndex: Map<number, Session> = new Map();
  readonly #closing = new ClosingSessions();
  readonly #hintsSent: TokenBucket;
  readonly #hintsHeeded: TokenBucket;

  /** `isClaimed` takes what is said of a session to the claim on its peer's identity, if any. */
  constructor(
    host: SessionHost & HandshakeHost,
    dialer: Dialer,
    isClaimed: (session: Session) => boolean,
  ) {
    this.#host = host;
    this.#dialer = dialer;
    this.#isClaimed = isClaimed;
    const now = (): number => host.clock.now();
    this.#hintsSent = new TokenBucket(HINTS_PER_SECOND, HINTS_PER_SECOND, now);
    this.#hintsHeeded = new TokenBucket(HINTS_PER_SECOND, HINTS_PER_SECOND, now);
  }

  get size(): number {
    return this.#byIndex.size;
  }

  /** No session stands, and none is being closed. */
  get isIdle(): boolean {
    return this.#byIndex.size + this.#closing.size === 0;
  }

  /** A snapshot. */
  get all(): Session[] {
    return [...this.#byIndex.values()];
  }

  has(index: number): boolean {
    return this.#byIndex.has(index) || this.#closing.has(index);
  }

  /** Makes the session of a handshake that is over. */
  create({ role, keys, localIndex, remoteIndex, address, peer, rttMs }: Agreement): Session {
    const isInitiator = role === "initiator";
    const session = new Session(this.#host, {
      role,
      localIndex,
      remoteIndex,
      path: address,
      peer,
      sealKey: isInitiator ? keys.initiatorToResponder : keys.responderToInitiator,
      openKey: isInitiator ? keys.responderToInitiator : keys.initiatorToResponder,
      handshakeRttMs: rttMs,
    });
    this.#byIndex.set(localIndex, session);
    return session;
  }

  /** The session has ended: late packets are answered for a while. */
  remove(session: Session): void {
    const { clock, limits } = this.#host;
    this.#byIndex.delete(session.localIndex);
    this.#closing.add(session, clock.now(), limits.handshakeTimeoutMs);
  }

  /** Message 3 came once more: its sender has not heard that the session is over. */
  onLateFinal(index: number): void {
    this.#closing.onLateFinal(index);
  }

  /**
   * Takes a data packet; answers why it was dropped, if it was. `mayHint`: somebody whose packets
   * mean nothing here may be told so.
   */
  onPacket(datagram: Uint8Array, from: string, mayHint: boolean): DropReason | undefined {
    if (datagram.length < PACKET_OVERHEAD_BYTES) return "too-short";
    if (datagram[1] !== PROTOCOL_VERSION) return "unknown-version";
    const index = readSessionIndex(datagram);
    const session = this.#byIndex.get(index);
    if (session === undefined) {
      if (this.#closing.onPacket(index, datagram)) return undefined;
      if (mayHint && this.#hintsSent.take()) this.#sendHint(index, from, datagram.length);
      return "unknown-session";
    }
    try {
      if (!session.onPacket(datagram, from)) return "unauthenticated";
      this.#dialer.confirm(session);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#host.onViolation(session, error.reason);
    }
    return undefined;
  }

  /**
   * A peer says that it knows nothing of a session of ours: it has restarted, most likely. A new
   * handshake is begun; only the lack of any other answer ends the old session.
   */
  onHint(remoteIndex: number, from: string): DropReason | undefined {
    const session = this.all.find((one) => one.remoteIndex === remoteIndex && one.path === from);
    if (session === undefined) return "replayed-hint";
    if (this.#isClaimed(session) || !this.#hintsHeeded.take()) return undefined;
    // Anybody can make it seem so: one handshake will tell, not one for each hint.
    if (this.#hasYounger(session)) session.endUnlessHeard();
    else if (this.#mayRedial(session)) this.#ask(session);
    return undefined;
  }

  #ask(session: Session): void {
    this.#redial(session).then(
      () => session.endUnlessHeard(),
      (error: unknown) => {
        if (!isTransportError(error, "identity-in-use")) return;
        // No forgery: the peer has another process of our identity in our place.
        const text = `node ${session.nodeId} took another process for us`;
        session.fail(
          new TransportError("session-lost", text, { cause: error, delivered: "maybe" }),
        );
      },
    );
  }

  /** Replaces sessions that have lived long: another handshake, new keys (WireGuard §6.1). */
  renewOld(now: number): void {
    for (const session of this.#byIndex.values()) {
      const age = now - session.establishedAt;
      if (session.role !== "initiator" || age < this.#host.limits.sessionLifetimeMs) continue;
      if (this.#hasYounger(session) || !this.#mayRedial(session)) continue;
      this.#redial(session).catch(() => {});
    }
  }

  expire(now: number): void {
    this.#closing.expire(now);
    for (const session of this.#byIndex.values()) session.streams.expire(now);
  }

  /** Another handshake has taken this session's place already. */
  #hasYounger({ establishedAt, nodeId }: Session): boolean {
    return this.all.some((one) => one.nodeId === nodeId && one.establishedAt > establishedAt);
  }

  /** No handshake in its place was begun just now. */
  #mayRedial({ redialledAt }: Session): boolean {
    return this.#host.clock.now() >= redialledAt + REDIAL_PAUSE_MS;
  }

  #redial(session: Session): Promise<Session> {
    session.redialledAt = this.#host.clock.now();
    return this.#dialer.dial(session.path, session.nodeId, {});
  }

  /** In all no longer than what caused it. */
  #sendHint(index: number, to: string, causeBytes: number): void {
    // While keys are rotated it is not known which of them the other end has.
    const most = Math.floor(causeBytes / UNKNOWN_SESSION_BYTES);
    for (const psk of this.#host.psks.slice(0, most)) {
      const hint = writeUnknownSession(index);
      sealMac(this.#host.crypto, psk, hint);
      this.#host.transmit(hint, to);
    }
  }
}
