import { expect, test } from "vitest";

import { expectHarmless, fuzz } from "./fuzz/fuzz.ts";

test("bad packets harm nobody but their sender", async () => {
  const result = await fuzz(1, 6_000);
  expectHarmless(result);
  expect(result.calls).toBe(12);
});
