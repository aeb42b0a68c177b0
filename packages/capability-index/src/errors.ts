import { isSelvageError, SelvageError, type SelvageErrorOptions } from "@selvage/core";

/** Kinds thrown by `@selvage/capability-index`. */
export const capabilityErrorKinds = {
  oversize: {
    retryable: false,
    meaning: "the announcement would be larger than receivers take",
  },
} as const;

/** The kinds of {@link CapabilityError}. */
export type CapabilityErrorKind = keyof typeof capabilityErrorKinds;

/** An error of `@selvage/capability-index`. */
export class CapabilityError extends SelvageError<CapabilityErrorKind> {
  constructor(kind: CapabilityErrorKind, message: string, options?: SelvageErrorOptions) {
    super(capabilityErrorKinds, kind, message, options);
  }
}

/** True for an error of this package, also one from another copy of it; optionally of one kind. */
export function isCapabilityError(
  error: unknown,
  kind?: CapabilityErrorKind,
): error is CapabilityError {
  return (
    isSelvageError(error) &&
    error.name === "CapabilityError" &&
    (kind === undefined || error.kind === kind)
  );
}
