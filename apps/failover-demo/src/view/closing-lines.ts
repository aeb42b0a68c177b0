import type { Criterion } from "../acceptance.ts";
import type { Paint } from "./paint.ts";

/** The list at the end: what was to be proved, and whether it was. */
export function closingLines(criteria: readonly Criterion[], paint: Paint): string[] {
  return criteria.map(({ text, isMet }) =>
    isMet ? `${paint("green", "✓")} ${text}` : `${paint("red", "✗")} ${text}`,
  );
}
