import { expect, test } from "vitest";

import { parseCoreList } from "../src/processes/pinning.ts";

test("the kernel's list of cores is read with its ranges and gaps", () => {
  expect(parseCoreList("0-2,8")).toEqual([0, 1, 2, 8]);
  expect(parseCoreList("5")).toEqual([5]);
});

test("no list is no core", () => {
  expect(parseCoreList("")).toEqual([]);
});
