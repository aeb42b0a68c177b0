import type { NodeReader } from "./node-reader.ts";
import type { PredicateLeaf } from "./predicate.ts";

/** Reads a node that has no children, and is of this kind. */
export function readLeaf(kind: string, node: NodeReader): PredicateLeaf {
  switch (kind) {
    case "exists":
      return { kind, key: node.tagKey("key") };
    case "equals":
      return { kind, key: node.tagKey("key"), value: node.text("value") };
    case "numeric_at_least":
    case "numeric_at_most":
      return { kind, key: node.tagKey("key"), threshold: node.number("threshold") };
    case "numeric_in_range":
      return { kind, key: node.tagKey("key"), min: node.number("min"), max: node.number("max") };
    case "semver_at_least":
    case "semver_at_most":
    case "semver_compatible":
      return { kind, key: node.tagKey("key"), version: node.text("version") };
    case "string_prefix":
      return { kind, key: node.tagKey("key"), prefix: node.text("prefix") };
    case "string_matches":
      return { kind, key: node.tagKey("key"), pattern: node.text("pattern") };
    case "metadata_exists":
      return { kind, key: node.text("key") };
    case "metadata_equals":
      return { kind, key: node.text("key"), value: node.text("value") };
    case "metadata_matches":
      return { kind, key: node.text("key"), pattern: node.text("pattern") };
    case "metadata_numeric_at_least":
      return { kind, key: node.text("key"), threshold: node.number("threshold") };
    default:
      throw node.fault("bad-node", "has an unknown kind");
  }
}
