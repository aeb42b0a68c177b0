import { expect, test } from "vitest";

import { isNodeId, parseNodeId } from "../src/index.ts";

const id = "0123456789abcdef0123456789abcdef";

test("a node id is 32 lowercase hexadecimal characters", () => {
  expect(parseNodeId(id)).toBe(id);
  expect(isNodeId(id)).toBe(true);
  for (const wrong of ["", id.slice(1), `${id}0`, id.toUpperCase(), `${id}\n`, "g".repeat(32)]) {
    expect(isNodeId(wrong)).toBe(false);
    expect(() => parseNodeId(wrong)).toThrow(TypeError);
  }
});

test("a refused node id is quoted, but not endlessly", () => {
  expect(() => parseNodeId("peer-1")).toThrow('got "peer-1"');
  expect(() => parseNodeId("x".repeat(1000))).toThrow(/x{64}"$/);
});
