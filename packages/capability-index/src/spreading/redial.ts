import type { Clock, NodeId } from "@selvage/core";
import type { Transport } from "@selvage/transport";

/** First and longest wait before a node that could not be dialled is tried again, in milliseconds. */
const MIN_REDIAL_MS = 250;
const MAX_REDIAL_MS = 15_000;
/** Nodes dialled at once. */
const MAX_DIALS = 16;
/** Addresses tried per dial: what a node says of itself must not aim ours at others. */
const MAX_ADDRESSES_TRIED = 4;

interface Attempts {
  failed: number;
  nextAt: number;
  running: boolean;
}

/** Where a node may be reached. */
export interface Dialable {
  readonly nodeId: NodeId;
  readonly addresses: readonly string[];
}

/** Dials nodes, each again and again with growing pauses, for as long as somebody wants it. */
export class Redial {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #attempts: Map<NodeId, Attempts> = new Map();
  #running = 0;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Whether the last dials of a node failed. */
  isFailing(nodeId: NodeId): boolean {
    return (this.#attempts.get(nodeId)?.failed ?? 0) > 0;
  }

  /** Dials nodes, those first that have waited the longest. */
  dialAll(nodes: Iterable<Dialable>): void {
    const dueAt = ({ nodeId }: Dialable): number => this.#attempts.get(nodeId)?.nextAt ?? 0;
    for (const node of [...nodes].toSorted((a, b) => dueAt(a) - dueAt(b))) this.dial(node);
  }

  /** Dials a node now, unless that is under way or was tried too lately. */
  dial({ nodeId, addresses }: Dialable): void {
    const attempts = this.#attempts.get(nodeId) ?? { failed: 0, nextAt: 0, running: false };
    this.#attempts.set(nodeId, attempts);
    if (attempts.running || this.#clock.now() < attempts.nextAt) return;
    if (this.#running >= MAX_DIALS) return;
    attempts.running = true;
    this.#running++;
    void this.#connect(nodeId, addresses).then((connected) => {
      this.#running--;
      attempts.running = false;
      attempts.failed = connected ? 0 : attempts.failed + 1;
      const waitMs = MIN_REDIAL_MS * 2 ** Math.min(16, attempts.failed);
      attempts.nextAt = this.#clock.now() + Math.min(MAX_REDIAL_MS, waitMs);
    });
  }

  /** The node deserves a fresh start, or is of no interest any more. */
  forget(nodeId: NodeId): void {
    this.#attempts.delete(nodeId);
  }

  async #connect(nodeId: NodeId, addresses: readonly string[]): Promise<boolean> {
    // Without an address it may be reached through others.
    const targets = addresses.length > 0 ? addresses.slice(0, MAX_ADDRESSES_TRIED) : [undefined];
    for (const address of targets) {
      try {
        await this.#transport.connect({ address, nodeId });
        return true;
      } catch {
        // The next address may lead there.
      }
    }
    return false;
  }
}
