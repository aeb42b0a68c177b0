import { expect, test } from "vitest";

import { deferred } from "../src/index.ts";

test("a deferred promise settles from outside, the first time", async () => {
  const resolved = deferred<number>();
  resolved.resolve(1);
  resolved.reject(new Error("too late"));
  expect(await resolved.promise).toBe(1);
  const rejected = deferred<number>();
  rejected.reject("reason");
  await expect(rejected.promise).rejects.toBe("reason");
});
