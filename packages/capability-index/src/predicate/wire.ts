import { foldPredicate } from "./fold.ts";
import { isLeaf, type Predicate, type PredicateLeaf } from "./predicate.ts";

/** A node of {@link PredicateWire}: children are indices of other nodes. */
export type PredicateWireNode =
  | PredicateLeaf
  | { readonly kind: "and" | "or"; readonly children: readonly number[] }
  | { readonly kind: "not"; readonly child: number };

/** A predicate as a flat table, which is its JSON form: every node stands after its children. */
export interface PredicateWire {
  readonly nodes: readonly PredicateWireNode[];
  /** Where the whole predicate stands. */
  readonly root_idx: number;
}

/**
 * Writes a predicate as a table, leaves first, the whole last. A part that stands in several places
 * is written once. Any depth will do, but {@link decodePredicate} has limits.
 *
 * @throws RangeError for a threshold that is not finite: there is no JSON for it.
 * @throws TypeError for a predicate that contains itself.
 */
export function encodePredicate(predicate: Predicate): PredicateWire {
  const nodes: PredicateWireNode[] = [];
  const root_idx = foldPredicate<number>(
    predicate,
    (part, children) => nodes.push(toNode(part, children)) - 1,
  );
  return { nodes, root_idx };
}

function toNode(part: Predicate, children: readonly number[]): PredicateWireNode {
  if (!isLeaf(part)) {
    return part.kind === "not"
      ? { kind: "not", child: children[0] ?? 0 }
      : { kind: part.kind, children };
  }
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(`${name} of "${part.kind}" must be finite, got ${value}`);
    }
  }
  return { ...part };
}
