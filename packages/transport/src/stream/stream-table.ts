import { ProtocolViolation } from "../packet/protocol-violation.ts";
import { IdWindow } from "./id-window.ts";
import type { StreamCore } from "./stream-core.ts";
import type { Stream } from "./stream.ts";

/** Which end of the session opened a stream: the lowest bit of its id. */
export type Role = "initiator" | "responder";

const bitOf = (role: Role): number => (role === "initiator" ? 0 : 1);

/** Who opened the stream with this id. */
export function openerOf(id: number): Role {
  return id % 2 === 0 ? "initiator" : "responder";
}

/**
 * The streams of a session. Ids are consecutive per opener and never used again: what arrives for
 * an id below the highest that is not open belongs to a finished stream, so that a handler starts
 * at most once per stream however often packets are repeated.
 */
export class StreamTable {
  readonly #localBit: number;
  readonly #create: (id: number) => Stream;
  readonly #local = new IdWindow<Stream>();
  readonly #remote = new IdWindow<Stream>();
  readonly #maxOpen: number;
  #localOpened = 0;
  #localLimit: number;
  /** Streams of ours that the peer takes at once. */
  readonly #maxLocalOpen: number;
  #remoteOpened = 0;
  #remoteFinished = 0;
  #announcedLimit: number;
  #watched = 0;

  constructor(parts: {
    readonly role: Role;
    /** Streams that the peer lets us open at first. */
    readonly localLimit: number;
    /** Streams that the peer may have open at once. */
    readonly maxRemoteOpen: number;
    /** Makes the object for a stream that the peer opened. */
    readonly create: (id: number) => Stream;
  }) {
    this.#localBit = bitOf(parts.role);
    this.#localLimit = parts.localLimit;
    this.#maxLocalOpen = parts.localLimit;
    this.#maxOpen = parts.maxRemoteOpen;
    this.#announcedLimit = parts.maxRemoteOpen;
    this.#create = parts.create;
  }

  get size(): number {
    return this.#local.size + this.#remote.size;
  }

  /** Open streams whose users wait for the peer. */
  get watched(): number {
    return this.#watched;
  }

  /** A snapshot of the open streams. */
  get streams(): Stream[] {
    return [...this.#local.values(), ...this.#remote.values()];
  }

  /** How many streams the peer has opened so far: what GOAWAY reports. */
  get remoteOpened(): number {
    return this.#remoteOpened;
  }

  /** The next id for a stream of ours, or `undefined` at the peer's limit. */
  nextLocalId(): number | undefined {
    if (this.#localOpened >= this.#localLimit) return undefined;
    return this.#localOpened++ * 2 + this.#localBit;
  }

  add(stream: Stream): void {
    this.#windowOf(stream.id).add(Math.floor(stream.id / 2), stream);
    if (stream.watched) this.#watched++;
  }

  /**
   * The open stream of an id that arrived, opening it (and all lower ones) if the peer starts it
   * now; `undefined` when it is finished.
   */
  receive(id: number): Stream | undefined {
    const stream = this.peek(id);
    if (stream !== undefined) return stream;
    const number = Math.floor(id / 2);
    if (id % 2 === this.#localBit) {
      if (number >= this.#localOpened) throw new ProtocolViolation("stream-state");
      return undefined;
    }
    if (number < this.#remoteOpened) return undefined;
    if (number >= this.#announcedLimit) throw new ProtocolViolation("stream-limit");
    while (this.#remoteOpened <= number) {
      this.add(this.#create(this.#remoteOpened * 2 + (1 - this.#localBit)));
      this.#remoteOpened++;
    }
    return this.peek(id);
  }

  /** A frame about a stream of ours or theirs that is over or was never opened is no news. */
  peek(id: number): Stream | undefined {
    return this.#windowOf(id).get(Math.floor(id / 2));
  }

  /** Takes a finished stream out; answers whether the peer should hear of a new limit. */
  remove(stream: StreamCore): boolean {
    if (!this.#windowOf(stream.id).delete(Math.floor(stream.id / 2))) return false;
    if (stream.watched) this.#watched--;
    if (stream.id % 2 === this.#localBit) return false;
    this.#remoteFinished++;
    return this.#remoteFinished + this.#maxOpen - this.#announcedLimit >= this.#maxOpen / 4;
  }

  /** The limit to announce, which counts as announced from now on. */
  announceLimit(): number {
    this.#announcedLimit = this.#remoteFinished + this.#maxOpen;
    return this.#announcedLimit;
  }

  /**
   * The peer lets us open `limit` streams in all.
   *
   * @throws ProtocolViolation for more than it can have room for.
   */
  onMaxStreams(limit: number): void {
    if (limit > this.#localOpened + this.#maxLocalOpen) {
      throw new ProtocolViolation("excess-credit");
    }
    this.#localLimit = Math.max(this.#localLimit, limit);
  }

  /** Our streams that the peer will not take: those from its `accepted`-th on. */
  *refusedFrom(accepted: number): Generator<Stream> {
    for (const stream of this.#local.values()) {
      if (Math.floor(stream.id / 2) >= accepted) yield stream;
    }
  }

  #windowOf(id: number): IdWindow<Stream> {
    return id % 2 === this.#localBit ? this.#local : this.#remote;
  }
}
