/** No bound. */
export const FOREVER: number = Number.POSITIVE_INFINITY;

/**
 * Refuses a number that is not from `min` to `max` with a `RangeError`, and what is no number, as
 * it may come from JavaScript, with a `TypeError`.
 */
export function number(
  name: string,
  value: number,
  min: number = 0,
  max: number = FOREVER,
  isKind: (value: number) => boolean = () => true,
  kind: string = "a number",
): number {
  if (typeof value === "number" && value >= min && value <= max && isKind(value)) return value;
  const got = typeof value === "string" ? `"${String(value)}"` : String(value);
  const text = `${name} must be ${kind} from ${min} to ${max}, got ${got}`;
  throw typeof value === "number" ? new RangeError(text) : new TypeError(text);
}

/** The same for whole numbers. */
export function whole(
  name: string,
  value: number,
  min: number = 1,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  return number(name, value, min, max, Number.isInteger, "a whole number");
}

/** Refuses what cannot be called. */
export function callable<F>(name: string, value: F): F {
  if (typeof value === "function") return value;
  throw new TypeError(`${name} must be a function, got ${String(value)}`);
}
