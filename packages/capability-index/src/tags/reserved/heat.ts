import { bodyOf, checkHash, leadingHash } from "./body.ts";

const PREFIX = "heat:";
const BLOB = "blob:";

/** How much of something is being read at a node. */
export interface HeatTag {
  /** A causal chain, or a blob. */
  readonly kind: "chain" | "blob";
  readonly hash: string;
  /** 0 to 1, with two decimals. */
  readonly rate: number;
}

/** Reads a `heat:` tag; `undefined` for other tags and for what is none. */
export function parseHeatTag(tag: string): HeatTag | undefined {
  const of = heatOf(tag);
  if (of === undefined || of.hash === "") return undefined;
  const start = PREFIX + (of.kind === "blob" ? BLOB : "") + of.hash;
  const [, text] = /^=(\d+(?:\.\d+)?)$/.exec(tag.slice(start.length)) ?? [];
  const rate = Number(text ?? Number.NaN);
  return rate <= 1 ? { ...of, rate } : undefined;
}

/**
 * Writes a `heat:` tag. The rate is brought between 0 and 1 and rounded to two decimals.
 *
 * @throws RangeError for a hash that is empty or has `:`, `[` or `=` in it, and for a rate that is
 * no finite number.
 */
export function formatHeatTag({ kind, hash, rate }: HeatTag): string {
  if (!Number.isFinite(rate)) throw new RangeError(`rate must be a finite number, got ${rate}`);
  const shown = Math.min(Math.max(rate, 0), 1).toFixed(2);
  return `${PREFIX}${kind === "blob" ? BLOB : ""}${checkHash("hash", hash)}=${shown}`;
}

/** What a `heat:` tag is about, even if the rest of it makes no sense; `undefined` for other tags. */
export function heatOf(tag: string): Pick<HeatTag, "kind" | "hash"> | undefined {
  const body = bodyOf(tag, PREFIX);
  if (body === undefined) return undefined;
  const blob = bodyOf(body, BLOB);
  return { kind: blob === undefined ? "chain" : "blob", hash: leadingHash(blob ?? body) };
}
