import { isSelvageError, SelvageError, type SelvageErrorOptions } from "@selvage/core";

/** Kinds thrown by `@selvage/identity`. */
export const identityErrorKinds = {
  "weak-key": {
    retryable: false,
    meaning: "a public key of small order would make the shared secret predictable",
  },
} as const;

/** The kinds of {@link IdentityError}. */
export type IdentityErrorKind = keyof typeof identityErrorKinds;

/** An error of `@selvage/identity`. */
export class IdentityError extends SelvageError<IdentityErrorKind> {
  constructor(kind: IdentityErrorKind, message: string, options?: SelvageErrorOptions) {
    super(identityErrorKinds, kind, message, options);
  }
}

/** True for an error of this package, also one from another copy of it; optionally of one kind. */
export function isIdentityError(error: unknown, kind?: IdentityErrorKind): error is IdentityError {
  return (
    isSelvageError(error) &&
    error.name === "IdentityError" &&
    (kind === undefined || error.kind === kind)
  );
}
