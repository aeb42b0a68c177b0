import type { NodeId } from "@selvage/core";

/** What a text becomes before it meets nodes: two lanes of 32 bits. */
export interface TextHash {
  readonly low: number;
  readonly high: number;
}

/**
 * Hashes a text, once for all nodes that it will meet. No secret goes in and none is kept: lanes
 * are multiplied and folded with the constants of MurmurHash3 (Appleby 2008).
 *
 * @param purpose Keeps numbers for different ends apart.
 */
export function hashText(text: string, purpose: number = 0): TextHash {
  let low = 0x9747b28c ^ purpose;
  let high = 0x1b873593 ^ text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x85ebca6b);
    high = Math.imul(high ^ unit, 0xc2b2ae35);
  }
  low = fold(low);
  return { low, high: fold(high ^ low) };
}

/**
 * A number above 0 and below 1 that a text and a node have in common: the same at every caller, and
 * evenly spread over texts and over nodes.
 */
export function affinity({ low, high }: TextHash, nodeId: NodeId): number {
  // A node id is a hash already: 64 bits of it are enough.
  const one = fold(low ^ Number.parseInt(nodeId.slice(0, 8), 16));
  const other = fold(high ^ one ^ Number.parseInt(nodeId.slice(8, 16), 16));
  return ((fold(one ^ other) >>> 6) * 2 ** 26 + (other >>> 6) + 0.5) / 2 ** 52;
}

/**
 * How much a text wants a provider of this weight, as a number below 0; the highest gets it
 * (rendezvous hashing, Thaler and Ravishankar 1998, with the logarithmic weights of Schindelhauer
 * and Schomaker 2005). Each text ranks the providers in an order of its own, so that only the texts
 * of a provider that goes move, and only to one that comes; shares are as the weights say.
 */
export function claim(text: TextHash, nodeId: NodeId, weight: number): number {
  return Math.log(affinity(text, nodeId)) / weight;
}

function fold(lane: number): number {
  let bits = lane ^ (lane >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
