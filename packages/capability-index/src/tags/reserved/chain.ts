import { assertNever } from "@selvage/core";

import { bodyOf, checkHash, formatIndex, leadingHash, parseIndex } from "./body.ts";

const PREFIX = "causal:";
const FORK_PREFIX = "fork-of:";

/** That a node holds a causal chain, and how much of it. */
export type ChainTag =
  /** All that there is, as far as the node says. */
  | { readonly kind: "whole"; readonly hash: string }
  /** Up to and with the event of this index. */
  | { readonly kind: "tip"; readonly hash: string; readonly tip: number }
  /** From `start` up to, but without, `end`. */
  | { readonly kind: "range"; readonly hash: string; readonly start: number; readonly end: number };

/** Reads a `causal:` tag; `undefined` for other tags and for what is none. */
export function parseChainTag(tag: string): ChainTag | undefined {
  const body = bodyOf(tag, PREFIX);
  if (body === undefined) return undefined;
  const hash = leadingHash(body);
  if (hash === "") return undefined;
  const rest = body.slice(hash.length);
  if (rest === "") return { kind: "whole", hash };
  if (rest.startsWith(":")) {
    const tip = parseIndex(rest.slice(1));
    return tip === undefined ? undefined : { kind: "tip", hash, tip };
  }
  const [, from = "", to = ""] = /^\[(\d+)\.\.(\d+)\]$/.exec(rest) ?? [];
  const start = parseIndex(from);
  const end = parseIndex(to);
  if (start === undefined || end === undefined || start >= end) return undefined;
  return { kind: "range", hash, start, end };
}

/**
 * Writes a `causal:` tag.
 *
 * @throws RangeError for a hash that is empty or has `:`, `[` or `=` in it, an index that is not a
 * whole number, or a range of nothing.
 */
export function formatChainTag(chain: ChainTag): string {
  const held = PREFIX + checkHash("hash", chain.hash);
  switch (chain.kind) {
    case "whole":
      return held;
    case "tip":
      return `${held}:${formatIndex("tip", chain.tip)}`;
    case "range": {
      const { start, end } = chain;
      const range = `${formatIndex("start", start)}..${formatIndex("end", end)}`;
      if (start >= end) throw new RangeError(`a range must not be empty, got ${range}`);
      return `${held}[${range}]`;
    }
    default:
      return assertNever(chain);
  }
}

/**
 * The chain that a `causal:` tag is about, even if the rest of it makes no sense; `undefined` for
 * other tags and for no hash.
 */
export function chainOf(tag: string): string | undefined {
  const body = bodyOf(tag, PREFIX);
  return body === undefined ? undefined : leadingHash(body) || undefined;
}

/** The chain that a `fork-of:` tag says was forked from; `undefined` for other tags. */
export function parseForkTag(tag: string): string | undefined {
  return bodyOf(tag, FORK_PREFIX) || undefined;
}

/**
 * Writes a `fork-of:` tag: the node holds a fork of the chain `parentHash`.
 *
 * @throws RangeError for a hash that is empty or has `:`, `[` or `=` in it.
 */
export function formatForkTag(parentHash: string): string {
  return FORK_PREFIX + checkHash("parentHash", parentHash);
}
