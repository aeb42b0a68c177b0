import { equalBytes, type NodeId } from "@selvage/core";

import { TransportError } from "./errors.ts";
import { type ClaimsHost, IdentityClaims, type Newcomer } from "./identity-claims.ts";
import { PeerHealth } from "./peer-health.ts";
import { PeerRecord } from "./peer.ts";
import { CloseCode } from "./session/session-host.ts";
import type { Session } from "./session/session.ts";
import type { Stream } from "./stream/stream.ts";
import type { PeerEvent } from "./transport.ts";

/** For how long a session that another one replaced may still serve its streams. */
const SUPERSEDED_AFTER_MS = 1_000;

/** Sessions with one process of a peer: two after a simultaneous open, some more while they end. */
const MAX_SESSIONS_PER_PEER = 8;

const superseded = (): TransportError =>
  new TransportError("session-lost", "another session to the same peer took over", {
    delivered: "maybe",
  });

type PeerTableHost = Pick<ClaimsHost, "clock" | "limits" | "afterSocketIsDry" | "onIncoming">;

/** Which peers there are, through which sessions, and in which health. */
export class PeerTable {
  readonly health: PeerHealth;
  readonly #ownNodeId: NodeId;
  readonly #emit: (event: PeerEvent) => void;
  readonly #peers: Map<NodeId, PeerRecord> = new Map();
  readonly #claims: IdentityClaims;

  constructor(host: PeerTableHost, ownNodeId: NodeId, emit: (event: PeerEvent) => void) {
    this.#ownNodeId = ownNodeId;
    this.#emit = emit;
    this.health = new PeerHealth(host, () => this.all(), emit);
    this.#claims = new IdentityClaims({
      clock: host.clock,
      limits: host.limits,
      afterSocketIsDry: (fn) => host.afterSocketIsDry(fn),
      onIncoming: (stream) => host.onIncoming(stream),
      replace: (holder, newcomers) => this.#replace(holder, newcomers),
    });
  }

  get size(): number {
    return this.#peers.size;
  }

  get(nodeId: NodeId): PeerRecord | undefined {
    return this.#peers.get(nodeId);
  }

  all(): PeerRecord[] {
    return [...this.#peers.values()];
  }

  /**
   * A handshake with a peer is over. Its session stands at once, unless somebody else has its node
   * id: another entity, whom a newcomer never replaces, or another process of the same one, which
   * is asked whether it is still there.
   */
  admit(newcomer: Newcomer): void {
    const { session } = newcomer;
    const known = this.#peers.get(session.nodeId);
    if (known !== undefined && !equalBytes(known.entityId, session.peer.entityId)) {
      const text = `another entity has the id of node ${session.nodeId}`;
      newcomer.refuse(new TransportError("node-id-conflict", text));
    } else if (known !== undefined && known.bootId !== session.peer.bootId) {
      this.#claims.raise(known, newcomer);
    } else {
      this.#add(session, known);
      newcomer.accept();
    }
  }

  /** A session ended. */
  remove(session: Session, error: TransportError): void {
    const record = this.#of(session);
    if (error.kind === "identity-in-use") {
      const peer = this.#peers.get(session.nodeId) ?? this.#recordOf(session);
      this.#emit({ type: "identity-in-use", peer, reason: error.message });
    }
    if (record === undefined) {
      this.#claims.withdraw(session, error);
      return;
    }
    if (record.sessions.length > 1) {
      record.sessions.splice(record.sessions.indexOf(session), 1);
      this.health.tell(record);
      return;
    }
    // The record keeps its last session, so that what it says of the peer stays readable.
    this.#peers.delete(record.nodeId);
    this.#emit({ type: "disconnected", peer: record, reason: error.message, error });
    this.#claims.onGone(record);
  }

  /** Keeps a stream from its handler while {@link admit} is undecided about its session. */
  hold(stream: Stream): boolean {
    return this.#claims.hold(stream);
  }

  /** Refuses all about whom {@link admit} is undecided. */
  refuseNewcomers(error: TransportError): void {
    this.#claims.close(error);
  }

  /**
   * The address of a session knows nothing of it. Answers whether that only confirms what a
   * newcomer is about to show.
   */
  onUnknownSession(session: Session): boolean {
    return this.#claims.onUnknownSession(session);
  }

  /** The peer's process closes: what else stands with it is over too. */
  onLeft(session: Session, error: TransportError): void {
    for (const other of [...(this.#of(session)?.sessions ?? [])]) other.fail(error);
  }

  /** Something about a session changed that its peer is judged by. */
  review(session: Session): void {
    const record = this.#of(session);
    if (record === undefined) return;
    if (!session.liveness.responsive) this.#ask(record, session);
    this.health.tell(record);
  }

  /** One session is silent: do the others carry? */
  #ask({ sessions }: PeerRecord, silent: Session): void {
    for (const session of sessions) if (session !== silent) session.greet();
  }

  /** Judges membership by silence, and ends what no longer serves anything. */
  tick(now: number): void {
    this.health.tick();
    for (const record of [...this.#peers.values()]) {
      this.health.judge(record, now);
      for (const session of [...record.sessions]) this.#tidy(record, session, now);
    }
  }

  #add(session: Session, known: PeerRecord | undefined): void {
    if (known !== undefined) {
      known.sessions.push(session);
      this.#limitSessions(known, session);
      this.health.revive(known, "another session stands");
      this.health.tell(known);
      return;
    }
    const record = this.#recordOf(session);
    this.#peers.set(session.nodeId, record);
    this.#emit({ type: "connected", peer: record, reason: "a session stands" });
  }

  #replace(holder: PeerRecord, newcomers: readonly Newcomer[]): void {
    const text = `node ${holder.nodeId} was restarted`;
    const restarted = new TransportError("session-lost", text, { delivered: "maybe" });
    for (const old of [...holder.sessions]) old.fail(restarted);
    for (const newcomer of newcomers) this.admit(newcomer);
  }

  #recordOf(session: Session): PeerRecord {
    const record = new PeerRecord(session.peer, this.#ownNodeId);
    record.sessions.push(session);
    return record;
  }

  /**
   * A second session that is no longer preferred is ended by the end that dialled it: GOAWAY first,
   * CLOSE once the other end has said GOAWAY too, and nothing is open at either.
   */
  #tidy(record: PeerRecord, session: Session, now: number): void {
    if (record.sessions.length < 2 || session.streams.size > 0) return;
    if (session.role === "responder") {
      // So the other end learns that ours has no stream left either: somebody may read slowly.
      if (session.isGoingAway) session.sendGoaway();
      return;
    }
    if (now - session.establishedAt < SUPERSEDED_AFTER_MS) {
      return;
    }
    const replacement = record.replacementOf(session);
    if (replacement === undefined) return;
    if (session.supersededAt === undefined) {
      session.supersededAt = now;
      replacement.greet();
    }
    // What takes over must have shown that it lives.
    if (replacement.recovery.newestAckedSentAt < session.supersededAt) return;
    session.sendGoaway();
    const isAgreed = session.isGoingAway && session.recovery.outstanding === 0;
    if (!isAgreed || now - (session.goawayAt ?? now) < SUPERSEDED_AFTER_MS) return;
    session.close(CloseCode.superseded, superseded());
  }

  /** Whoever opens one session after the other loses the oldest, of those in use only at last. */
  #limitSessions({ sessions }: PeerRecord, newest: Session): void {
    if (sessions.length <= MAX_SESSIONS_PER_PEER) return;
    const others = sessions.filter((session) => session !== newest);
    const oldest = others.find(({ streams }) => streams.size === 0) ?? others[0];
    oldest?.close(CloseCode.superseded, superseded());
  }

  #of(session: Session): PeerRecord | undefined {
    const record = this.#peers.get(session.nodeId);
    return record?.sessions.includes(session) === true ? record : undefined;
  }
}
