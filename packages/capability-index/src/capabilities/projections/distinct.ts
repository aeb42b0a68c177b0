/**
 * Refuses ids by which two things could not be told apart.
 *
 * @throws RangeError if one comes twice.
 */
export function checkDistinct(name: string, ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new RangeError(`${name} must have distinct ids, got "${id.slice(0, 64)}" twice`);
    }
    seen.add(id);
  }
}

/** Puts in each thing where its namesake was, else at the end; what comes later counts. */
export function putAll<T>(things: readonly T[], idOf: (thing: T) => string): T[] {
  return [...new Map(things.map((thing) => [idOf(thing), thing])).values()];
}
