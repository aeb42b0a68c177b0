import { childrenOf, type Predicate } from "./predicate.ts";

/**
 * Gives every part of a predicate a value made of those of its own parts: leaves first, in the order
 * of writing, and once for a part that stands in several places. Depth costs no call stack.
 *
 * @throws TypeError for a predicate that contains itself.
 */
export function foldPredicate<T>(
  root: Predicate,
  combine: (part: Predicate, children: readonly T[]) => T,
): T {
  const done = new Map<Predicate, T>();
  const entered = new Set<Predicate>();
  const open: Predicate[] = [root];
  for (let part = open.at(-1); part !== undefined; part = open.at(-1)) {
    const children = childrenOf(part);
    if (!done.has(part) && children.some((child) => !done.has(child))) {
      if (entered.has(part)) throw new TypeError("a predicate must not contain itself");
      entered.add(part);
      for (const child of children.toReversed()) if (!done.has(child)) open.push(child);
      continue;
    }
    open.pop();
    if (done.has(part)) continue;
    const values = children.map((child) => done.get(child) as T);
    done.set(part, combine(part, values));
  }
  return done.get(root) as T;
}
