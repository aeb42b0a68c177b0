import { describe, expect, test } from "vitest";

import { ComputeError, computeErrorKinds, isComputeError } from "../src/errors.ts";

describe("isComputeError", () => {
  test("tells its errors from others, and kinds apart", () => {
    const error = new ComputeError("stale", "daemon 17 was replaced");
    expect(isComputeError(error)).toBe(true);
    expect(isComputeError(error, "stale")).toBe(true);
    expect(isComputeError(error, "not-found")).toBe(false);
    expect(isComputeError(new Error("stale"))).toBe(false);
    expect(error.message).toBe("[stale] daemon 17 was replaced");
  });
});

describe("computeErrorKinds", () => {
  test("says of each kind what it means, in one clause", () => {
    for (const [kind, { meaning }] of Object.entries(computeErrorKinds)) {
      expect(`${kind}: ${meaning}`).toMatch(/^[a-z-]+: [a-z`].*[a-z`]$/);
    }
  });
});
