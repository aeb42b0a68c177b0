import { type ComputeError, isComputeError } from "../src/errors.ts";

/** The error that a function throws; fails if it throws none of ours. */
export function errorOf(act: () => unknown): ComputeError {
  try {
    act();
  } catch (error) {
    if (isComputeError(error)) return error;
    throw error;
  }
  throw new Error("expected a ComputeError, but nothing was thrown");
}

/** The kind of that error, with its reason where it has one. */
export function kindOf(act: () => unknown): string {
  const { kind, reason } = errorOf(act);
  return reason === undefined ? kind : `${kind}: ${reason}`;
}
