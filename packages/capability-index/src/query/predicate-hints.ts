import type { Predicate } from "../predicate/predicate.ts";
import type { QueryHint } from "./prepared-query.ts";

/**
 * Where to look for what a predicate holds for: at the tags that all of it depends on. Only clauses
 * that must hold count, which are those of the outermost `and`.
 */
export function predicateHints(predicate: Predicate): QueryHint[] {
  const hints: QueryHint[] = [];
  const open: Predicate[] = [predicate];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.kind === "and") open.push(...part.children);
    else if (part.kind === "equals") {
      const { axis, key } = part.key;
      hints.push({ list: "tag", anyOf: [`${axis}.${key}=${part.value}`] });
    } else if ("key" in part && typeof part.key !== "string") {
      // Whatever is asked of the values of a key, there must be one.
      hints.push({ list: "key", anyOf: [`${part.key.axis}.${part.key.key}`] });
    }
  }
  return hints;
}
