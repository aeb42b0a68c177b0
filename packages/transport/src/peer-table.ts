import type { Clock, NodeId } from "@selvage/core";

import type { TransportLimits } from "./defaults.ts";
import { TransportError } from "./errors.ts";
import { PeerHealth } from "./peer-health.ts";
import { PeerRecord } from "./peer.ts";
import { CloseCode } from "./session/session-host.ts";
import type { Session } from "./session/session.ts";
import type { PeerEvent } from "./transport.ts";

/** For how long a session that another one replaced may still serve its streams. */
const SUPERSEDED_AFTER_MS = 1_000;

/** Sessions with one process of a peer: two after a simultaneous open, some more while they end. */
const MAX_SESSIONS_PER_PEER = 8;

const superseded = (): TransportError =>
  new TransportError("session-lost", "another session to the same peer took over", {
    delivered: "maybe",
  });

/** Which peers there are, through which sessions, and in which health. */
export class PeerTable {
  readonly health: PeerHealth;
  readonly #host: { readonly clock: Clock; readonly limits: TransportLimits };
  readonly #ownNodeId: NodeId;
  readonly #emit: (event: PeerEvent) => void;
  readonly #peers: Map<NodeId, PeerRecord> = new Map();

  constructor(
    host: { readonly clock: Clock; readonly limits: TransportLimits },
    ownNodeId: NodeId,
    emit: (event: PeerEvent) => void,
  ) {
    this.#host = host;
    this.#ownNodeId = ownNodeId;
    this.#emit = emit;
    this.health = new PeerHealth(host, () => this.all(), emit);
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

  /** A session stands. One with another boot id means that the peer's earlier process is gone. */
  add(session: Session): void {
    const known = this.#peers.get(session.nodeId);
    if (known !== undefined && known.bootId === session.peer.bootId) {
      known.sessions.push(session);
      this.#limitSessions(known, session);
      this.health.revive(known, "another session stands");
      this.health.tell(known);
      return;
    }
    if (known !== undefined) {
      const restarted = new TransportError("session-lost", `node ${session.nodeId} was restarted`, {
        delivered: "maybe",
      });
      for (const old of [...known.sessions]) old.fail(restarted);
    }
    const record = new PeerRecord(session.peer, this.#ownNodeId);
    record.sessions.push(session);
    this.#peers.set(session.nodeId, record);
    this.#emit({ type: "connected", peer: record, reason: "a session stands" });
  }

  /** A session ended. */
  remove(session: Session, error: TransportError): void {
    const record = this.#of(session);
    if (record === undefined) return;
    if (record.sessions.length > 1) {
      record.sessions.splice(record.sessions.indexOf(session), 1);
      this.health.tell(record);
      return;
    }
    // The record keeps its last session, so that what it says of the peer stays readable.
    this.#peers.delete(record.nodeId);
    this.#emit({ type: "disconnected", peer: record, reason: error.message, error });
  }

  /** Something about a session changed that its peer is judged by. */
  review(session: Session): void {
    const record = this.#of(session);
    if (record !== undefined) this.health.tell(record);
  }

  /** Judges membership by silence, and ends what no longer serves anything. */
  tick(now: number): void {
    for (const record of [...this.#peers.values()]) {
      const silenceMs = Math.min(...record.sessions.map((session) => session.silenceMs(now)));
      this.health.judge(record, silenceMs);
      for (const session of [...record.sessions]) this.#tidy(record, session, now);
    }
  }

  /**
   * A second session that is no longer preferred is ended by the end that dialled it: GOAWAY first,
   * CLOSE once both sides know and nothing is open.
   */
  #tidy(record: PeerRecord, session: Session, now: number): void {
    if (
      record.sessions.length < 2 ||
      session.role !== "initiator" ||
      session.streams.size > 0 ||
      now - session.establishedAt < SUPERSEDED_AFTER_MS ||
      !record.hasReplaced(session)
    ) {
      return;
    }
    session.sendGoaway();
    if (now - (session.goawayAt ?? now) < SUPERSEDED_AFTER_MS || session.recovery.outstanding > 0) {
      return;
    }
    session.close(CloseCode.superseded, superseded());
  }

  /** Whoever opens one session after the other loses the oldest. */
  #limitSessions({ sessions }: PeerRecord, newest: Session): void {
    if (sessions.length <= MAX_SESSIONS_PER_PEER) return;
    const oldest = sessions.find((session) => session !== newest);
    oldest?.close(CloseCode.superseded, superseded());
  }

  #of(session: Session): PeerRecord | undefined {
    const record = this.#peers.get(session.nodeId);
    return record?.sessions.includes(session) === true ? record : undefined;
  }
}
