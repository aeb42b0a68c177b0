import { isSelvageError, SelvageError, type SelvageErrorOptions } from "@selvage/core";

import type { PredicateFault } from "./predicate/fault.ts";

/** Kinds thrown by `@selvage/capability-index`. */
export const capabilityErrorKinds = {
  oversize: {
    retryable: false,
    meaning: "the announcement or predicate would be larger than receivers take",
  },
  "too-many-watchers": {
    retryable: false,
    meaning: "as many live queries are open as the index allows",
  },
  "bad-predicate": {
    retryable: false,
    meaning: "a received predicate cannot be read or exceeds the limits; `reason` says which",
  },
} as const;

/** The kinds of {@link CapabilityError}. */
export type CapabilityErrorKind = keyof typeof capabilityErrorKinds;

/** Construction options of {@link CapabilityError}. */
export interface CapabilityErrorOptions extends SelvageErrorOptions {
  readonly reason?: PredicateFault | undefined;
}

/** An error of `@selvage/capability-index`. */
export class CapabilityError extends SelvageError<CapabilityErrorKind> {
  /** What is wrong with a predicate, where the kind is `bad-predicate`. */
  readonly reason: PredicateFault | undefined;

  constructor(kind: CapabilityErrorKind, message: string, options: CapabilityErrorOptions = {}) {
    super(capabilityErrorKinds, kind, message, options);
    this.reason = options.reason;
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
