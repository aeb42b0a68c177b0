import { type NodeId, utf8 } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

const RANK_BYTES = 6;

/**
 * Ranks other nodes by a hash of both ids (rendezvous hashing, Thaler and Ravishankar 1998): the
 * same from both sides, stable, and spread evenly. If each node chooses the first few, the choices
 * form one connected graph (random k-out graphs, Fenner and Frieze 1982).
 */
export class Ranking {
  readonly #ownNodeId: NodeId;
  readonly #crypto: CryptoProvider;
  readonly #ranks: Map<NodeId, number> = new Map();

  constructor(ownNodeId: NodeId, crypto: CryptoProvider) {
    this.#ownNodeId = ownNodeId;
    this.#crypto = crypto;
  }

  /** The `count` nodes that come first. */
  first<T extends { readonly nodeId: NodeId }>(nodes: Iterable<T>, count: number): T[] {
    const best: { readonly node: T; readonly rank: number }[] = [];
    for (const node of nodes) {
      const rank = this.#rank(node.nodeId);
      if (best.length === count && rank >= (best.at(-1)?.rank ?? 0)) continue;
      const at = best.findIndex((other) => rank < other.rank);
      best.splice(at === -1 ? best.length : at, 0, { node, rank });
      if (best.length > count) best.pop();
    }
    return best.map(({ node }) => node);
  }

  forget(nodeId: NodeId): void {
    this.#ranks.delete(nodeId);
  }

  #rank(nodeId: NodeId): number {
    const known = this.#ranks.get(nodeId);
    if (known !== undefined) return known;
    const [low, high] = [nodeId, this.#ownNodeId].toSorted();
    const hash = this.#crypto.blake2s(utf8(`${low}${high}`), { length: RANK_BYTES });
    const rank = hash.reduce((number, byte) => number * 256 + byte, 0);
    this.#ranks.set(nodeId, rank);
    return rank;
  }
}
