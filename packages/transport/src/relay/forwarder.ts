import { type Clock, copyBytes, type NodeId } from "@selvage/core";

import { Counters } from "../stats.ts";
import type { Neighbour } from "./neighbour.ts";
import { relayAddress } from "./relay-address.ts";
import {
  RELAY_FRAME_OVERHEAD,
  RELAY_LIMIT_BYTES,
  relayBody,
  type RelayedPacket,
  relayFrameBytes,
  relayIds,
  type RelayLimit,
} from "./relay-frames.ts";
import { RelayLimitFrame } from "./relay-limit-frame.ts";
import { queueRelayed } from "./relay-queue.ts";
import type { RelayDrop } from "./relay-stats.ts";
import type { RouteTable } from "./route-table.ts";

/** How often a packet is passed on at most, whatever its sender says. */
export const RELAY_HOP_LIMIT = 16;

/** What the forwarder needs of its node. */
export interface ForwarderHost {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  /**
   * Takes a packet that came through relays. `source` is whose share of the handshakes it uses up.
   * The bytes are valid during the call, and may be written to.
   */
  receiveRelayed(inner: Uint8Array, from: string, source: string): void;
  /** Relayed packets of ours above `bytes` do not fit on the way to the node. */
  onRelayLimit(destination: NodeId, bytes: number): void;
}

/**
 * Moves packets towards their destination, hop by hop: each hop wraps them anew into its own
 * session, and none can read them. A packet never goes back to where it came from.
 */
export class Forwarder {
  readonly #host: ForwarderHost;
  readonly #table: RouteTable<Neighbour>;
  readonly #forward: boolean;
  readonly #drops: Counters<RelayDrop> = new Counters();
  #forwarded = 0;
  #forwardedBytes = 0;
  /** A relayed packet is being processed: another within it would be nested. */
  #isReceiving = false;
  #lastIds: { readonly destination: NodeId; readonly ids: Uint8Array } | undefined;

  constructor(host: ForwarderHost, table: RouteTable<Neighbour>, forward: boolean) {
    this.#host = host;
    this.#table = table;
    this.#forward = forward;
  }

  get forwarded(): number {
    return this.#forwarded;
  }

  get forwardedBytes(): number {
    return this.#forwardedBytes;
  }

  get dropped(): Readonly<Partial<Record<RelayDrop, number>>> {
    return this.#drops.snapshot();
  }

  /** Sends a packet of ours. Copies it. */
  send(destination: NodeId, inner: Uint8Array): void {
    const { nodeId } = this.#host;
    const way = this.#table.best(destination, { relayed: true });
    if (way === undefined) return this.#drop("no-route");
    const body = relayBody(this.#idsTo(destination), inner);
    const { hop } = way;
    if (relayFrameBytes(body) > hop.session.roomBytes) {
      this.#drop("too-large");
      this.#host.onRelayLimit(destination, maxInnerBytes(hop));
      return;
    }
    this.#queue(hop, nodeId, RELAY_HOP_LIMIT, body);
  }

  /** A neighbour sent a relayed packet, for us or for others. */
  onRelay(ingress: Neighbour, packet: RelayedPacket): void {
    const { destination, source, inner } = packet;
    const { nodeId } = this.#host;
    if (this.#isReceiving) return this.#drop("nested");
    if (source === nodeId || (source === ingress.nodeId && destination === nodeId)) {
      return this.#drop("loop");
    }
    if (destination === nodeId) return this.#receive(ingress, source, inner);
    const next = this.#nextHop(ingress, packet, relayFrameBytes(packet.body));
    if (next === undefined) return;
    if (relayFrameBytes(packet.body) > next.hop.session.roomBytes) {
      this.#drop("too-large");
      this.#refuse(ingress, packet, next.hop);
      return;
    }
    if (!this.#queue(next.hop, ingress.nodeId, next.hopLimit, copyBytes(packet.body))) return;
    this.#forwarded++;
    this.#forwardedBytes += inner.length;
  }

  /** A neighbour says that packets are too large for a way: ours, or those of others. */
  onRelayLimit(ingress: Neighbour, limit: RelayLimit): void {
    const { destination, source, maxInnerBytes: bytes } = limit;
    if (destination === this.#host.nodeId) return this.#host.onRelayLimit(source, bytes);
    const next = this.#nextHop(ingress, limit, RELAY_LIMIT_BYTES);
    if (next === undefined) return;
    const passedOn = new RelayLimitFrame({ ...limit, hopLimit: next.hopLimit });
    if (!next.hop.session.sayOnce(passedOn)) this.#drop("queue-full");
  }

  #receive(ingress: Neighbour, source: NodeId, inner: Uint8Array): void {
    const from = relayAddress(source);
    this.#isReceiving = true;
    try {
      this.#host.receiveRelayed(inner, from, `${relayAddress(ingress.nodeId)}/${source}`);
    } finally {
      this.#isReceiving = false;
    }
  }

  /** Where something for others goes next, and how often it may be passed on from there. */
  #nextHop(
    ingress: Neighbour,
    header: { readonly hopLimit: number; readonly destination: NodeId; readonly source: NodeId },
    bytes: number,
  ): { readonly hop: Neighbour; readonly hopLimit: number } | undefined {
    const { destination, source } = header;
    const hopLimit = Math.min(header.hopLimit, RELAY_HOP_LIMIT) - 1;
    if (!this.#forward) return this.#refused("not-forwarding");
    if (!ingress.allowance.mayForward(bytes)) return this.#refused("rate-limit");
    if (hopLimit <= 0) return this.#refused("hop-limit");
    const way = this.#table.best(destination, { avoid: [ingress.nodeId, source] });
    return way === undefined ? this.#refused("no-route") : { hop: way.hop, hopLimit };
  }

  #queue(hop: Neighbour, ingress: NodeId, hopLimit: number, body: Uint8Array): boolean {
    const onDropped = (reason: RelayDrop): void => this.#drop(reason);
    const now = (): number => this.#host.clock.now();
    const isQueued = queueRelayed({ hop, ingress, hopLimit, body, onDropped, now });
    if (!isQueued) this.#drop("queue-full");
    return isQueued;
  }

  /** Tells the source of a packet how much would have fitted. */
  #refuse(ingress: Neighbour, { destination, source }: RelayedPacket, hop: Neighbour): void {
    const limit = {
      hopLimit: RELAY_HOP_LIMIT,
      destination: source,
      source: destination,
      maxInnerBytes: maxInnerBytes(hop),
    };
    ingress.session.sayOnce(new RelayLimitFrame(limit));
  }

  #idsTo(destination: NodeId): Uint8Array {
    if (this.#lastIds?.destination !== destination) {
      this.#lastIds = { destination, ids: relayIds(destination, this.#host.nodeId) };
    }
    return this.#lastIds.ids;
  }

  #drop(reason: RelayDrop): void {
    this.#drops.count(reason);
  }

  #refused(reason: RelayDrop): undefined {
    this.#drop(reason);
    return undefined;
  }
}

const maxInnerBytes = ({ session }: Neighbour): number => session.roomBytes - RELAY_FRAME_OVERHEAD;
