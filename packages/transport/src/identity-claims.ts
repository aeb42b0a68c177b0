import type { Clock, NodeId, Timer } from "@selvage/core";

import type { TransportLimits } from "./defaults.ts";
import { TransportError } from "./errors.ts";
import type { PeerRecord } from "./peer.ts";
import type { Session } from "./session/session.ts";
import type { Stream } from "./stream/stream.ts";

/** Probe timeouts that the earlier process has to answer. */
const PTOS = 3;
/**
 * The longest time for that, in milliseconds: after a long silence what was measured of the path is
 * no guide, and whoever was restarted must not be kept waiting for it.
 */
const MAX_WAIT_MS = 1_000;
/** How often it is asked meanwhile: packets may be lost. */
const PROBES = 6;
/** Sessions that may wait for one verdict: a process may dial us, and be dialled, at once. */
const MAX_WAITING = 2;

/** A session that would stand if nobody else had its node's identity. */
export interface Newcomer {
  readonly session: Session;
  /** The session stands. */
  readonly accept: () => void;
  /** The session does not stand, and must be closed. */
  readonly refuse: (error: TransportError) => void;
}

/** What claims need of the endpoint and its table of peers. */
export interface ClaimsHost {
  readonly clock: Clock;
  readonly limits: TransportLimits;
  /** Runs `fn` once everything that has arrived was processed. */
  afterSocketIsDry(fn: () => void): void;
  /** A stream is ready for its handler. */
  onIncoming(stream: Stream): void;
  /** The process behind the record is gone: the newcomers take its place. */
  replace(holder: PeerRecord, newcomers: readonly Newcomer[]): void;
}

interface Waiting extends Newcomer {
  /** Streams that its peer has opened meanwhile. */
  readonly held: Stream[];
}

interface Claim {
  readonly holder: PeerRecord;
  readonly waiting: Waiting[];
  readonly since: number;
  /** Sessions of the holder of which its address knows nothing any more. */
  readonly disowned: Set<Session>;
  probes: number;
  timer: Timer | undefined;
}

/**
 * Newcomers that claim the identity of a peer whose earlier process is not known to be gone. That
 * process is asked for a sign of life: whatever it acknowledges of what is sent from now on proves
 * that two processes share an identity. If it stays silent for three probe timeouts, or if nobody
 * at its address knows its sessions, it was restarted.
 */
export class IdentityClaims {
  readonly #host: ClaimsHost;
  readonly #byNode: Map<NodeId, Claim> = new Map();

  constructor(host: ClaimsHost) {
    this.#host = host;
  }

  /** Lets the newcomer wait until it is known whether `holder` still lives. */
  raise(holder: PeerRecord, newcomer: Newcomer): void {
    const known = this.#byNode.get(holder.nodeId);
    if (known !== undefined && known.waiting.length >= MAX_WAITING) {
      const text = `${MAX_WAITING} other sessions claim to be node ${holder.nodeId}`;
      newcomer.refuse(new TransportError("too-many-handshakes", text));
      return;
    }
    const waiting: Waiting = { ...newcomer, held: [] };
    if (known !== undefined) {
      known.waiting.push(waiting);
      return;
    }
    const claim: Claim = {
      holder,
      waiting: [waiting],
      since: this.#host.clock.now(),
      disowned: new Set(),
      probes: 0,
      timer: undefined,
    };
    this.#byNode.set(holder.nodeId, claim);
    this.#ask(claim);
  }

  /** Keeps a stream from its handler for as long as its session waits; answers whether it does. */
  hold(stream: Stream): boolean {
    if (this.#byNode.size === 0) return false;
    const claim = this.#byNode.get(stream.nodeId);
    const owner = claim?.waiting.find(
      ({ session }) => session.streams.table.peek(stream.id) === stream,
    );
    owner?.held.push(stream);
    return owner !== undefined;
  }

  /**
   * The address of a peer's session knows nothing of it; answers whether a claim is about that.
   * Anybody can make it seem so, but only a newcomer that has proven to be the peer gains by it.
   */
  onUnknownSession(session: Session): boolean {
    const claim = this.#byNode.get(session.nodeId);
    if (claim === undefined) return false;
    claim.disowned.add(session);
    if (claim.holder.sessions.every((held) => claim.disowned.has(held))) this.#settle(claim);
    return true;
  }

  /** A session ended that stood with nobody: if it waited for a verdict, there is none. */
  withdraw(session: Session, error: TransportError): void {
    const claim = this.#byNode.get(session.nodeId);
    const at = claim?.waiting.findIndex((newcomer) => newcomer.session === session) ?? -1;
    const [withdrawn] = at < 0 ? [] : (claim?.waiting.splice(at, 1) ?? []);
    if (claim?.waiting.length === 0) this.#end(claim);
    withdrawn?.refuse(error);
  }

  /** The last session with the holder ended: nobody is left to ask. */
  onGone(holder: PeerRecord): void {
    const claim = this.#byNode.get(holder.nodeId);
    if (claim?.holder === holder) this.#settle(claim);
  }

  /** Refuses whoever waits. */
  close(error: TransportError): void {
    for (const claim of [...this.#byNode.values()]) this.#refuse(claim, error);
  }

  #ask(claim: Claim): void {
    const { clock } = this.#host;
    const { holder } = claim;
    claim.probes++;
    for (const session of holder.sessions) session.greet();
    const ptoMs = Math.max(...holder.sessions.map(({ recovery }) => recovery.ptoMs));
    const waitMs = Math.min(PTOS * ptoMs, MAX_WAIT_MS) / PROBES;
    claim.timer = clock
      .setTimeout(() => {
        // The answer may be among what waits in the socket.
        this.#host.afterSocketIsDry(() => this.#judge(claim));
      }, waitMs)
      .unref();
  }

  #judge(claim: Claim): void {
    const { holder, since } = claim;
    if (this.#byNode.get(holder.nodeId) !== claim) return;
    if (holder.sessions.some(({ recovery }) => recovery.newestAckedSentAt >= since)) {
      const text = `another process of node ${holder.nodeId} (boot id ${holder.bootId}) is alive`;
      this.#refuse(claim, new TransportError("identity-in-use", text));
    } else if (claim.probes === PROBES) {
      this.#settle(claim);
    } else {
      this.#ask(claim);
    }
  }

  #settle(claim: Claim): void {
    this.#end(claim);
    this.#host.replace(claim.holder, claim.waiting);
    for (const { held } of claim.waiting) for (const stream of held) this.#host.onIncoming(stream);
  }

  #refuse(claim: Claim, error: TransportError): void {
    this.#end(claim);
    for (const { refuse } of claim.waiting) refuse(error);
  }

  #end(claim: Claim): void {
    claim.timer?.[Symbol.dispose]();
    if (this.#byNode.get(claim.holder.nodeId) === claim) this.#byNode.delete(claim.holder.nodeId);
  }
}
