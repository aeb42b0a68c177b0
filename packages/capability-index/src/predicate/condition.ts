import type { Predicate } from "./predicate.ts";

/** How a predicate made by {@link where} is joined to others; each gives a new one. */
export interface Joinable {
  /** This and all the others. Joining on with `and` makes one list, not a list in a list. */
  and(...others: readonly Predicate[]): Condition;
  /** This or any of the others. Of a chain, everything before it is one side of the `or`. */
  or(...others: readonly Predicate[]): Condition;
  /** The contrary, which is also true where something is missing or cannot be read. */
  not(): Condition;
}

/** A {@link Predicate} that can be joined to others. Its own fields are those of the predicate. */
export type Condition = Predicate & Joinable;

/** Makes an immutable predicate joinable; the methods are inherited, so they are no part of it. */
export function toCondition(predicate: Predicate): Condition {
  return Object.freeze(Object.assign(Object.create(joinable) as Joinable, predicate));
}

/** The `and` or `or` of a list. */
export function join(kind: "and" | "or", children: readonly Predicate[]): Condition {
  return toCondition({ kind, children: Object.freeze([...children]) });
}

/** The contrary. */
export function negate(child: Predicate): Condition {
  return toCondition({ kind: "not", child });
}

const joinable: ThisType<Predicate> & Joinable = {
  and(...others) {
    return join("and", [...membersOf("and", this), ...others]);
  },
  or(...others) {
    return join("or", [...membersOf("or", this), ...others]);
  },
  not() {
    return negate(this);
  },
};

function membersOf(kind: "and" | "or", predicate: Predicate): readonly Predicate[] {
  return predicate.kind === kind ? predicate.children : [predicate];
}
