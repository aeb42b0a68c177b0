/**
 * Makes `console.log` and `util.inspect` print `toString()` of a class's instances, whatever they
 * hold: with `showHidden` and `getters` an inspection would otherwise call getters. Written as a
 * function because a declaration file cannot name the method's symbol.
 */
export function inspectAsString(prototype: { toString(): string }): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: { toString(): string }): string {
      return this.toString();
    },
  });
}
