/**
 * Refuses what is no property of an options object or a question: it would be ignored without a
 * word, and what is done be something else than was asked for.
 *
 * @param name What the object is called in the error.
 * @throws TypeError that names the property.
 */
export function checkProperties(name: string, given: object, known: ReadonlySet<string>): void {
  for (const property in given) {
    if (!known.has(property)) {
      throw new TypeError(`${name} has no property "${property}", only ${[...known].join(", ")}`);
    }
  }
}
