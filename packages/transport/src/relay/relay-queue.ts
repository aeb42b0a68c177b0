import type { NodeId } from "@selvage/core";

import type { ByteWriter } from "../packet/bytes-io.ts";
import type { LooseFrame } from "../session/egress.ts";
import type { Neighbour } from "./neighbour.ts";
import { relayFrameBytes, writeRelay } from "./relay-frames.ts";
import type { RelayDrop } from "./relay-stats.ts";

/**
 * What may wait on a next hop of one neighbour's packets, in bytes: a fourth of all that may wait
 * there, so that nobody keeps others out.
 */
const MAX_QUEUED_BYTES = 65_536;

/**
 * What waited longer on a next hop is dropped, in milliseconds: its sender has taken it for lost, or
 * no longer wants it to arrive, and a next hop that stood still must not find it on its return.
 */
const MAX_QUEUED_MS = 200;

/** A relayed packet to be queued on a next hop. */
export interface Relaying {
  readonly hop: Neighbour;
  /** For whom: the neighbour it came from, or this node. */
  readonly ingress: NodeId;
  readonly hopLimit: number;
  /** Belongs to the queue from now on. */
  readonly body: Uint8Array;
  readonly onDropped: (reason: RelayDrop) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Queues a relayed packet; answers whether there was room for it. */
export function queueRelayed(relaying: Relaying): boolean {
  const { hop, ingress } = relaying;
  const frame = new RelayFrame(relaying);
  const before = hop.queued.get(ingress) ?? 0;
  if (before + frame.bytes > MAX_QUEUED_BYTES) return false;
  hop.queued.set(ingress, before + frame.bytes);
  if (hop.session.sayOnce(frame)) return true;
  hop.queued.set(ingress, before);
  return false;
}

/** A RELAY frame: said once and soon, and only on a direct path. */
class RelayFrame implements LooseFrame {
  readonly bytes: number;
  readonly #relaying: Relaying;
  readonly #queuedAt: number;

  constructor(relaying: Relaying) {
    this.#relaying = relaying;
    this.#queuedAt = relaying.now();
    this.bytes = relayFrameBytes(relaying.body);
  }

  /** It waited too long, or the next hop's path has changed: it takes less now, or is relayed itself. */
  get isStale(): boolean {
    const { session, isDirect } = this.#relaying.hop;
    return !isDirect || this.bytes > session.roomBytes || this.#isOld;
  }

  get #isOld(): boolean {
    return this.#relaying.now() - this.#queuedAt > MAX_QUEUED_MS;
  }

  write(out: ByteWriter): void {
    const { hopLimit, body } = this.#relaying;
    this.#leave();
    writeRelay(out, hopLimit, body);
  }

  onDropped(): void {
    const { hop, onDropped } = this.#relaying;
    this.#leave();
    if (!hop.isDirect) onDropped("nested");
    else onDropped(this.#isOld ? "too-old" : "too-large");
  }

  #leave(): void {
    const { hop, ingress } = this.#relaying;
    const left = (hop.queued.get(ingress) ?? 0) - this.bytes;
    if (left > 0) hop.queued.set(ingress, left);
    else hop.queued.delete(ingress);
  }
}
