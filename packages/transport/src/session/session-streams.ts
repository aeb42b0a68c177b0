import { BytePool, type Clock, type NodeId } from "@selvage/core";

import { TransportError, withDelivered } from "../errors.ts";
import type { Violation } from "../packet/protocol-violation.ts";
import type { OpenStreamOptions } from "../peer.ts";
import { assertProtocol } from "../protocols.ts";
import { resolvePriority } from "../stream/priority.ts";
import type { ReassemblyBudget } from "../stream/reassembly-budget.ts";
import { resolveReliability } from "../stream/reliability.ts";
import {
  describeReset,
  RESET_GOING_AWAY,
  RESET_PEER_FAILED,
  RESET_STALLED,
} from "../stream/reset-codes.ts";
import type { StreamCore } from "../stream/stream-core.ts";
import type { StreamCounters, StreamHost } from "../stream/stream-host.ts";
import { openerOf, type Role, StreamTable } from "../stream/stream-table.ts";
import { Stream } from "../stream/stream.ts";
import type { ControlFrame } from "./control-queue.ts";
import type { Egress } from "./egress.ts";
import type { SessionHost } from "./session-host.ts";
import type { SessionParts } from "./session-parts.ts";

/**
 * For how long the beginning of a stream is waited for when other parts of it are there, in
 * milliseconds: longer than a peer that is not `failed` by default takes to repeat it.
 */
const BEGINNING_MS = 30_000;

/** Memory that the first fragments of streams are cut from, in bytes. */
const FRAGMENT_BLOCK_BYTES = 4_096;

/** What the streams of a session need of it. */
export interface SessionStreamsOwner {
  /** Something waits to be sent at the end of this turn; `newBytes` of it are new. */
  hasToSend(newBytes: number): void;
  /** Somebody waits for an answer on a stream. */
  onWatched(): void;
  /** The peer broke the protocol, as it turned out outside its packets. */
  violated(reason: Violation): void;
}

/** What the streams of a session need of its endpoint. */
export type SessionStreamsHost = Pick<
  SessionHost,
  "clock" | "limits" | "budget" | "onIncoming" | "reportError"
>;

/** The streams of a session: opens them, hands frames to them, and says what they have to say. */
export class SessionStreams implements StreamHost {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly budget: ReassemblyBudget;
  readonly counters: StreamCounters = {
    retransmissions: 0,
    retransmittedBytes: 0,
    messagesLost: 0,
    messagesDropped: 0,
  };
  /** A fragment that is kept keeps little memory of others with it. */
  readonly fragments: BytePool = new BytePool(FRAGMENT_BLOCK_BYTES);
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  readonly peerMaxMessageBytes: number;
  readonly table: StreamTable;
  readonly #host: SessionStreamsHost;
  readonly #egress: Egress;
  readonly #owner: SessionStreamsOwner;
  readonly #role: Role;
  readonly #sendLimit: number;
  /** Streams that the peer takes; `undefined` before it announces its shutdown. */
  #peerAccepts: number | undefined;
  #refusing = false;
  /** When something of a stream arrived first, but not its beginning, by id; oldest first. */
  readonly #headless: Map<number, number> = new Map();

  constructor(
    host: SessionStreamsHost,
    parts: Pick<SessionParts, "peer" | "role">,
    egress: Egress,
    owner: SessionStreamsOwner,
  ) {
    const { limits } = host;
    const { nodeId, parameters } = parts.peer;
    this.#host = host;
    this.#egress = egress;
    this.#owner = owner;
    this.#role = parts.role;
    this.#sendLimit = parameters.streamWindowBytes;
    this.nodeId = nodeId;
    this.clock = host.clock;
    this.budget = host.budget;
    this.windowBytes = limits.streamWindowBytes;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.peerMaxMessageBytes = parameters.maxMessageBytes;
    this.table = new StreamTable({
      role: parts.role,
      localLimit: parameters.maxOpenStreams,
      maxRemoteOpen: limits.maxOpenStreams,
      create: (id) => new Stream(this, { id, sendLimit: this.#sendLimit }),
    });
  }

  /** Open streams, from either end. */
  get size(): number {
    return this.table.size;
  }

  /** The peer said that it takes no new streams. */
  get peerGoesAway(): boolean {
    return this.#peerAccepts !== undefined;
  }

  /** Opens a stream; nothing is sent before its first message. */
  open(protocol: number, options: OpenStreamOptions): Stream {
    assertProtocol(protocol);
    const reliability = resolveReliability(options.reliability);
    const priority = resolvePriority(options.priority);
    if (this.peerGoesAway) {
      throw new TransportError("going-away", `node ${this.nodeId} is shutting down`);
    }
    // Each reset of ours that waits is remembered, and how many streams the peer takes is its word.
    const isChoked = this.#egress.waitingResets(this.#role) > 2 * this.#host.limits.maxOpenStreams;
    const id = isChoked ? undefined : this.table.nextLocalId();
    if (id === undefined) {
      throw new TransportError("backpressure", `node ${this.nodeId} takes no more streams now`);
    }
    const stream = new Stream(this, {
      id,
      sendLimit: this.#sendLimit,
      protocol,
      reliability,
      priority,
      watched: options.watched,
    });
    this.table.add(stream);
    if (stream.watched) this.#owner.onWatched();
    return stream;
  }

  /** From now on streams that the peer opens are refused, untouched. */
  refuse(): void {
    if (this.#refusing) return;
    this.#refusing = true;
    this.#egress.goaway(this.table.remoteOpened);
    this.#owner.hasToSend(0);
  }

  /**
   * Fails every open stream, each saying whether anything of it may have arrived. `tell`: the peer
   * hears of it by resets, if it ever hears from us again.
   */
  fail(error: TransportError, tell = false): void {
    for (const stream of this.table.streams) {
      const { delivered } = stream;
      if (tell) this.#egress.reset(stream.id, RESET_PEER_FAILED, false);
      stream.fail(withDelivered(error, delivered));
    }
  }

  /** Our own loop stood still: what is read only now of streams that had come before is that old. */
  onOwnStall(lagMs: number): void {
    for (const stream of this.table.streams) if (stream.isIncoming) stream.stallMs += lagMs;
  }

  /** Gives up streams whose beginning never came; called now and then. */
  expire(now: number): void {
    for (const [id, since] of this.#headless) {
      if (now - since < BEGINNING_MS) return;
      this.table.peek(id)?.reset(RESET_STALLED, { notStarted: true });
    }
  }

  // Frames

  onData(id: number, offset: number, data: Uint8Array, fin: boolean): void {
    const stream = this.table.receive(id);
    if (stream === undefined) return;
    if (stream.onData(offset, data, fin)) {
      this.#headless.delete(id);
      this.#start(stream);
    } else if (stream.isHeadless && !this.#headless.has(id)) {
      this.#headless.set(id, this.clock.now());
    }
  }

  onDatagram(id: number, protocol: number, offset: number, message: Uint8Array): void {
    const stream = this.table.receive(id);
    if (stream?.onDatagram(protocol, offset, message) === true) this.#start(stream);
  }

  onDatagramOffset(id: number, protocol: number, offset: number, isEnd: boolean): void {
    const stream = this.table.receive(id);
    if (stream?.onDatagramOffset(protocol, offset, isEnd) === true) this.#start(stream);
  }

  onReset(id: number, code: number, notStarted: boolean): void {
    const stream = this.table.receive(id);
    stream?.fail(
      new TransportError(
        "stream-reset",
        `node ${this.nodeId} reset the stream with code ${describeReset(code)}`,
        {
          code,
          notStarted,
          delivered: notStarted ? "never" : stream.delivered,
        },
      ),
    );
  }

  onCredit(id: number, limit: number): void {
    this.table.peek(id)?.onCredit(limit);
  }

  onGoaway(accepted: number): void {
    this.#peerAccepts = Math.min(this.#peerAccepts ?? accepted, accepted);
    const text = `node ${this.nodeId} shuts down without taking the stream`;
    for (const stream of [...this.table.refusedFrom(this.#peerAccepts)]) {
      stream.fail(new TransportError("going-away", text));
    }
  }

  // For the streams

  wantsToSend(stream: StreamCore, newBytes: number): void {
    this.#egress.wantsToSend(stream, newBytes);
    this.#owner.hasToSend(newBytes);
  }

  onPriority(stream: StreamCore, from: number): void {
    this.#egress.onPriority(stream, from);
  }

  wantsCredit(stream: StreamCore): void {
    this.#egress.wantsCredit(stream);
    this.#owner.hasToSend(0);
  }

  sendControl(frame: ControlFrame): void {
    this.#egress.control(frame);
    this.#owner.hasToSend(0);
  }

  sendReset(stream: StreamCore, code: number, notStarted: boolean): void {
    // A stream of ours of which nothing left needs no word about its end, but for its id: the
    // peer opens all lower ids with the next one, and would keep this one open for ever.
    this.#egress.reset(stream.id, code, notStarted);
    const opener = openerOf(stream.id);
    const isPeers = opener !== this.#role;
    if (isPeers && this.#egress.waitingResets(opener) > 2 * this.#host.limits.maxOpenStreams) {
      this.#owner.violated("too-many-resets");
    }
    this.#owner.hasToSend(0);
  }

  violated(reason: Violation): void {
    this.#owner.violated(reason);
  }

  reportError(error: unknown): void {
    this.#host.reportError(error);
  }

  finished(stream: StreamCore): void {
    this.#headless.delete(stream.id);
    if (!this.table.remove(stream)) return;
    this.#egress.maxStreams(this.table.announceLimit());
    this.#owner.hasToSend(0);
  }

  /** It is known what a stream of the peer's is about. */
  #start(stream: Stream): void {
    if (this.#refusing) stream.reset(RESET_GOING_AWAY, { notStarted: true });
    else this.#host.onIncoming(stream);
  }
}
