import { equalBytes, type NodeId } from "@selvage/core";

import { DIGEST_BYTES } from "../announcement/announcement.ts";
import type { TableOutline } from "../wire/feed.gen.ts";

/** What a table holds of one node. */
export interface TableItem {
  readonly nodeId: NodeId;
  readonly version: number;
  /** Eight bytes that stand for the body. */
  readonly digest: Uint8Array;
}

/** Node ids from one to, but not including, another; `undefined`: to the last of all. */
export interface IdRange {
  readonly from: string;
  readonly before: string | undefined;
}

/** A part of a table in which another table differs. */
export interface DifferingPart {
  readonly range: IdRange;
  /** What we hold in it. */
  readonly items: readonly TableItem[];
  /** The other holds nothing in it. */
  readonly isEmptyThere: boolean;
}

/** The finest and the coarsest division, as powers of two. */
const MIN_BITS = 4;
const MAX_BITS = 8;
/** A part should hold about so many items. */
const ITEMS_PER_PART = 8;
/** Hexadecimal digits of a node id. */
const ID_DIGITS = 32;

/** What a node holds at one moment, ordered by node id. */
export class TableSnapshot {
  readonly #items: readonly TableItem[];

  constructor(items: Iterable<TableItem>) {
    this.#items = Array.from(items, ({ nodeId, version, digest }) => ({
      nodeId,
      version,
      digest,
    })).toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  get size(): number {
    return this.#items.length;
  }

  /** Digests of the parts of the table; by default as finely divided as its size asks for. */
  outline(bits: number = outlineBits(this.size)): TableOutline {
    const digests = new Uint8Array(DIGEST_BYTES << bits);
    for (const { nodeId, digest } of this.#items) {
      const at = partOf(nodeId, bits) * DIGEST_BYTES;
      digest.forEach((byte, i) => {
        digests[at + i] = (digests[at + i] ?? 0) ^ byte;
      });
    }
    return { bits, digests };
  }

  /** The parts in which a table of this outline differs. */
  differing(theirs: TableOutline): DifferingPart[] {
    const ours = this.outline(theirs.bits);
    const parts: DifferingPart[] = [];
    for (let part = 0; part < 1 << theirs.bits; part++) {
      const at = part * DIGEST_BYTES;
      const there = theirs.digests.subarray(at, at + DIGEST_BYTES);
      if (equalBytes(there, ours.digests.subarray(at, at + DIGEST_BYTES))) continue;
      const range = rangeOfPart(part, theirs.bits);
      const isEmptyThere = there.every((byte) => byte === 0);
      parts.push({ range, items: this.within(range), isEmptyThere });
    }
    return parts;
  }

  /** What the table holds in a range. */
  within({ from, before }: IdRange): readonly TableItem[] {
    const end = before === undefined ? this.size : this.#firstFrom(before);
    return this.#items.slice(this.#firstFrom(from), end);
  }

  /** Where the items begin whose node ids are not below `id`. */
  #firstFrom(id: string): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.nodeId ?? id) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether an outline that was received makes sense. */
export function isOutline({ bits, digests }: TableOutline): boolean {
  return bits >= MIN_BITS && bits <= MAX_BITS && digests.length === DIGEST_BYTES << bits;
}

/** How finely a table of this size is divided. */
function outlineBits(items: number): number {
  const parts = Math.max(1, items / ITEMS_PER_PART);
  return Math.min(MAX_BITS, Math.max(MIN_BITS, Math.ceil(Math.log2(parts))));
}

function partOf(nodeId: NodeId, bits: number): number {
  return Number.parseInt(nodeId.slice(0, 2), 16) >>> (8 - bits);
}

function rangeOfPart(part: number, bits: number): IdRange {
  const isLast = part + 1 === 1 << bits;
  return { from: startOf(part, bits), before: isLast ? undefined : startOf(part + 1, bits) };
}

function startOf(part: number, bits: number): string {
  const first = part << (8 - bits);
  return first.toString(16).padStart(2, "0").padEnd(ID_DIGITS, "0");
}
