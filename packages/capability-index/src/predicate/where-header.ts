import {
  MAX_PREDICATE_DEPTH,
  MAX_PREDICATE_HEADER_BYTES,
  MAX_PREDICATE_NODES,
} from "../defaults.ts";
import { CapabilityError } from "../errors.ts";
import { utf8Length } from "../text-order.ts";
import { decodePredicate } from "./decode.ts";
import { foldPredicate } from "./fold.ts";
import { badPredicate } from "./node-reader.ts";
import type { Predicate } from "./predicate.ts";
import { encodePredicate } from "./wire.ts";

/** The header of a call, in exactly this spelling, that narrows what the caller wants to hear of. */
export const WHERE_HEADER = "net-where";

/**
 * The header that carries a predicate, as metadata for a call. Nothing between caller and handler
 * looks at it: what it narrows is for the handler to say, by {@link readWhereHeader}.
 *
 * @throws {@link CapabilityError} with kind `oversize` for what the other side would refuse: more
 *   than {@link MAX_PREDICATE_HEADER_BYTES}, {@link MAX_PREDICATE_NODES} or
 *   {@link MAX_PREDICATE_DEPTH}.
 * @throws RangeError for a threshold that is not finite.
 *
 * @example
 * ```ts
 * import { readWhereHeader, where, whereHeader } from "@selvage/capability-index";
 * const metadata = whereHeader(where.metadata("owner").equals("alice")); // for the call
 * const predicate = readWhereHeader(Object.entries(metadata)); // in the handler
 * console.log(predicate?.kind); // metadata_equals
 * ```
 */
export function whereHeader(predicate: Predicate): { readonly [WHERE_HEADER]: string } {
  const { nodes, depth } = foldPredicate<Size>(predicate, (_, children) => ({
    nodes: children.reduce((sum, { nodes }) => sum + nodes, 1),
    depth: children.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 1,
  }));
  refuseAbove(MAX_PREDICATE_NODES, nodes, "nodes");
  refuseAbove(MAX_PREDICATE_DEPTH, depth, "levels");
  const value = JSON.stringify(encodePredicate(predicate));
  refuseAbove(MAX_PREDICATE_HEADER_BYTES, utf8Length(value), "bytes");
  return { [WHERE_HEADER]: value };
}

/**
 * The predicate of a call; `undefined` if it has none, and then everything is wanted. Of several
 * such headers the first counts. A call whose header cannot be read must be refused: to leave the
 * narrowing out would answer with what was not asked for.
 *
 * @param headers - Names and values, such as a `Map`.
 * @throws {@link CapabilityError} with kind `bad-predicate`, and a `reason`.
 */
export function readWhereHeader(
  headers: Iterable<readonly [name: string, value: string]>,
): Predicate | undefined {
  for (const [name, value] of headers) {
    if (name === WHERE_HEADER) return parseHeader(value);
  }
  return undefined;
}

interface Size {
  readonly nodes: number;
  readonly depth: number;
}

function refuseAbove(limit: number, value: number, unit: string): void {
  if (value <= limit) return;
  throw new CapabilityError(
    "oversize",
    `a predicate sent has at most ${limit} ${unit}, got ${value}`,
  );
}

function parseHeader(value: string): Predicate {
  const bytes = utf8Length(value);
  if (bytes > MAX_PREDICATE_HEADER_BYTES) {
    const limit = `at most ${MAX_PREDICATE_HEADER_BYTES} bytes, got ${bytes}`;
    throw badPredicate("oversize", `${WHERE_HEADER} has ${limit}`);
  }
  let wire: unknown;
  try {
    wire = JSON.parse(value);
  } catch {
    // The cause would quote the header, which may hold what is not for logs.
    throw badPredicate("bad-json", `${WHERE_HEADER} is not JSON`);
  }
  return decodePredicate(wire);
}
