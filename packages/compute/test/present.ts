/** What is there; fails where nothing is. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value, got undefined");
  return value;
}
