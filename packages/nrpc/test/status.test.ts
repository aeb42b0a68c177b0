import { expect, test } from "vitest";

import { rpcErrorKinds, rpcStatus } from "../src/index.ts";
import { statusOfCode } from "../src/status.ts";

const entries = Object.entries(rpcStatus);

test("numbers are unique, fit two bytes, and lead back to their names", () => {
  expect(new Set(entries.map(([, { code }]) => code)).size).toBe(entries.length);
  for (const [name, { code }] of entries) {
    expect(Number.isInteger(code) && code >= 0 && code <= 0xffff).toBe(true);
    expect(statusOfCode(code)).toBe(name);
  }
});

test("every status but success is the kind of an error", () => {
  const kinds = Object.keys(rpcErrorKinds);
  expect(entries.map(([name]) => name).filter((name) => !kinds.includes(name))).toEqual(["ok"]);
});

test("a number that nobody knows means that something failed over there", () => {
  for (const code of [8, 12, 0x7fff, 0x8002, 0xffff, -1, 2 ** 32]) {
    expect(statusOfCode(code)).toBe("internal");
  }
});

test("numbers never change: other implementations may speak them", () => {
  expect(Object.fromEntries(entries.map(([name, { code }]) => [name, code]))).toEqual({
    ok: 0,
    "not-found": 1,
    denied: 2,
    timeout: 3,
    backpressure: 4,
    cancelled: 5,
    internal: 6,
    incompatible: 7,
    draining: 9,
    "idempotency-mismatch": 10,
    "message-too-large": 11,
    "bad-request": 0x8000,
    application: 0x8001,
  });
});
