import { isSelvageError, SelvageError } from "@selvage/core";
import { expect, test } from "vitest";

import {
  IdentityError,
  identityErrorKinds,
  isIdentityError,
  type IdentityErrorKind,
} from "../src/index.ts";

test("an error says its kind first and takes retryable from the table", () => {
  for (const kind of Object.keys(identityErrorKinds) as IdentityErrorKind[]) {
    const error = new IdentityError(kind, "because");
    expect(error.message).toBe(`[${kind}] because`);
    expect(error.retryable).toBe(identityErrorKinds[kind].retryable);
    expect(isIdentityError(error, kind)).toBe(true);
    expect(isSelvageError(error)).toBe(true);
  }
});

test("errors of other packages and plain errors are not identity errors", () => {
  const table = { other: { retryable: false, meaning: "" } };
  expect(isIdentityError(new SelvageError(table, "other", ""))).toBe(false);
  expect(isIdentityError(new Error("weak-key"))).toBe(false);
  expect(isIdentityError(undefined)).toBe(false);
});
