import { type Clock, type Logger, type NodeId, toHex, utf8 } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import type { Transport } from "@selvage/transport";

import type { CapabilityIndex } from "../index/capability-index.ts";
import type { CapabilityEntry } from "../index/entry.ts";

/** Sessions kept to other nodes for spreading announcements. */
export const MAX_NEIGHBOURS = 8;

/** How often the choice is looked at when nothing changes, in milliseconds. */
const REVIEW_MS = 1_000;
/** First and longest wait before a node that could not be dialled is tried again, in milliseconds. */
const MIN_REDIAL_MS = 250;
const MAX_REDIAL_MS = 30_000;

interface Dial {
  attempts: number;
  nextAt: number;
  running: boolean;
}

/** The parts of {@link Neighbours}. */
export interface NeighboursParts {
  readonly transport: Transport;
  readonly index: CapabilityIndex;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps sessions to a few other nodes, so that announcements reach everybody through somebody. Each
 * node ranks the others by a hash of both ids (rendezvous hashing, Thaler and Ravishankar 1998):
 * the choices are stable, spread evenly, and together form one connected graph.
 */
export class Neighbours implements Disposable {
  readonly #parts: NeighboursParts;
  readonly #dials: Map<NodeId, Dial> = new Map();
  readonly #ranks: Map<NodeId, string> = new Map();
  readonly #hidden: Map<NodeId, CapabilityEntry> = new Map();
  readonly #subscription: Disposable;
  #timer: Disposable | undefined;
  #closed = false;

  constructor(parts: NeighboursParts) {
    this.#parts = parts;
    this.#subscription = parts.index.onChange(({ type, entry }) => {
      if (type === "removed") this.#forget(entry.nodeId);
      // A hidden node is not found, but a dial is how we learn that it is back.
      if (type === "hidden") this.#hidden.set(entry.nodeId, entry);
      else this.#hidden.delete(entry.nodeId);
      // Another process has other addresses and deserves a fresh start.
      if (type === "updated" || type === "added") this.#dials.delete(entry.nodeId);
      this.#reviewSoon(0);
    });
    this.#reviewSoon(REVIEW_MS);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
  }

  #forget(nodeId: NodeId): void {
    this.#dials.delete(nodeId);
    this.#ranks.delete(nodeId);
  }

  #reviewSoon(ms: number): void {
    if (this.#closed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#parts.clock
      .setTimeout(() => {
        this.#review();
        this.#reviewSoon(REVIEW_MS);
      }, ms)
      .unref();
  }

  #review(): void {
    const { index, transport } = this.#parts;
    const known = [...index.find(), ...this.#hidden.values()];
    const others = known.filter(({ nodeId }) => nodeId !== transport.nodeId);
    const ranked = others
      .map((entry) => ({ entry, rank: this.#rank(entry.nodeId) }))
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
    for (const { entry } of ranked.slice(0, MAX_NEIGHBOURS)) {
      if (transport.peer(entry.nodeId) === undefined) this.#dial(entry.nodeId, entry.addresses);
    }
  }

  #dial(nodeId: NodeId, addresses: readonly string[]): void {
    const { clock, logger } = this.#parts;
    const dial = this.#dials.get(nodeId) ?? { attempts: 0, nextAt: 0, running: false };
    this.#dials.set(nodeId, dial);
    if (dial.running || clock.now() < dial.nextAt) return;
    dial.running = true;
    void this.#connect(nodeId, addresses).then((connected) => {
      dial.attempts = connected ? 0 : dial.attempts + 1;
      const waitMs = Math.min(MAX_REDIAL_MS, MIN_REDIAL_MS * 2 ** Math.min(16, dial.attempts));
      dial.nextAt = clock.now() + waitMs;
      dial.running = false;
      if (!connected) logger.debug("a neighbour cannot be dialled", { nodeId, waitMs });
    });
  }

  async #connect(nodeId: NodeId, addresses: readonly string[]): Promise<boolean> {
    for (const address of addresses) {
      try {
        await this.#parts.transport.connect({ address, nodeId });
        return true;
      } catch {
        // The next address may lead there.
      }
    }
    return false;
  }

  #rank(nodeId: NodeId): string {
    const known = this.#ranks.get(nodeId);
    if (known !== undefined) return known;
    const { crypto, transport } = this.#parts;
    const pair = [nodeId, transport.nodeId].toSorted().join("");
    const rank = toHex(crypto.blake2s(utf8(pair), { length: 8 }));
    this.#ranks.set(nodeId, rank);
    return rank;
  }
}
