/**
 * Refuses what is no property of a question: it would be ignored, and the answer be wider than was
 * asked for.
 *
 * @throws TypeError that names the property.
 */
export function checkProperties(name: string, given: object, known: ReadonlySet<string>): void {
  for (const property in given) {
    if (!known.has(property)) {
      throw new TypeError(`${name} has no property "${property}", only ${[...known].join(", ")}`);
    }
  }
}
