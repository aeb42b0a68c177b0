import { expect, test } from "vitest";

import { inherit, type Legacy } from "../src/client/inheritance.ts";

const parent: Legacy = {
  remainingMs: () => 1_000,
  signal: new AbortController().signal,
  traceparent: undefined,
  tracestate: undefined,
};

test.each([
  [undefined, 1_000],
  [5_000, 1_000],
  [200, 200],
  [-1, -1],
  [0, 0],
  [Number.NaN, Number.NaN],
])("a call that asks for %s ms is made with %s, so that nonsense is refused", (asked, given) => {
  const { options } = inherit({ deadlineMs: asked }, parent, undefined);
  expect(options.deadlineMs).toBe(given);
});
