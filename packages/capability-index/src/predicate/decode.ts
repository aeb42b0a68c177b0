import { MAX_PREDICATE_DEPTH, MAX_PREDICATE_NODES } from "../defaults.ts";
import { readLeaf } from "./decode-leaf.ts";
import { NodeReader } from "./node-reader.ts";
import type { Predicate } from "./predicate.ts";

/** A part that was read, and how large it is with repeated parts counted each time. */
interface Part {
  readonly predicate: Predicate;
  readonly nodes: number;
  readonly depth: number;
}

/**
 * Reads the wire form of a predicate, whoever sent it. Parts that the table repeats are shared
 * rather than copied, and count each time: a small table cannot stand for a huge predicate.
 *
 * @throws {@link CapabilityError} with kind `bad-predicate`, and a `reason`, for what is no such
 *   table, has more than {@link MAX_PREDICATE_NODES} nodes or is nested deeper than
 *   {@link MAX_PREDICATE_DEPTH}.
 */
export function decodePredicate(wire: unknown): Predicate {
  const table = NodeReader.of(wire, "a predicate");
  const nodes = table.list("nodes");
  if (nodes.length === 0) throw table.fault("empty", "needs nodes");
  checkSize(table, nodes.length);
  const root = table.index("root_idx");
  const parts: Part[] = [];
  for (const [at, node] of nodes.entries()) {
    parts.push(readPart(NodeReader.of(node, `node ${at} of a predicate`), parts, nodes.length));
  }
  const part = parts[root];
  if (part === undefined) {
    throw table.fault("root-out-of-bounds", `of ${nodes.length} nodes has no root ${root}`);
  }
  checkSize(table, part.nodes);
  if (part.depth > MAX_PREDICATE_DEPTH) {
    throw table.fault("too-deep", `has at most ${MAX_PREDICATE_DEPTH} levels, got ${part.depth}`);
  }
  return part.predicate;
}

function checkSize(table: NodeReader, nodes: number): void {
  if (nodes <= MAX_PREDICATE_NODES) return;
  throw table.fault("too-many-nodes", `has at most ${MAX_PREDICATE_NODES} nodes, got ${nodes}`);
}

/** Reads the node after `before`, of which it may use any. */
function readPart(node: NodeReader, before: readonly Part[], tableSize: number): Part {
  const take = (index: number): Part => {
    const part = before[index];
    if (part !== undefined) return part;
    throw index < tableSize
      ? node.fault("cycle", `uses node ${index}, which does not stand before it`)
      : node.fault("child-out-of-bounds", `uses node ${index} of ${tableSize}`);
  };
  const kind = node.text("kind");
  switch (kind) {
    case "and":
    case "or": {
      const parts = node.indices("children").map(take);
      const children = Object.freeze(parts.map(({ predicate }) => predicate));
      return join({ kind, children }, parts);
    }
    case "not": {
      const part = take(node.index("child"));
      return join({ kind, child: part.predicate }, [part]);
    }
    default:
      return join(readLeaf(kind, node), []);
  }
}

function join(predicate: Predicate, parts: readonly Part[]): Part {
  return {
    predicate: Object.freeze(predicate),
    nodes: parts.reduce((sum, { nodes }) => sum + nodes, 1),
    depth: parts.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 1,
  };
}
