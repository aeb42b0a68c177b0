import { describe, expect, test } from "vitest";

import { actionAfter, breakerVerdict, isPenalised } from "../src/client/failure-table.ts";
import { RpcError, type RpcErrorKind, rpcErrorKinds } from "../src/index.ts";

const kinds = Object.keys(rpcErrorKinds) as RpcErrorKind[];

describe.each(kinds)("a failure of kind %s", (kind) => {
  const never = new RpcError(kind, "x", { delivered: "never" });
  const maybe = new RpcError(kind, "x", { delivered: "maybe" });

  test("has an action for every case, and a verdict on the provider", () => {
    for (const error of [never, maybe]) {
      for (const retrying of [false, true]) {
        expect(["fail", "move", "retry"]).toContain(actionAfter(error, retrying));
      }
      expect(typeof isPenalised(error)).toBe("boolean");
    }
  });

  test("without retry goes no further than a move, and only if nothing started", () => {
    expect(["fail", "move"]).toContain(actionAfter(never, false));
    expect(actionAfter(maybe, false)).toBe("fail");
  });

  test("is repeated only if its kind is one that may pass", () => {
    expect(actionAfter(never, true) === "fail" || never.retryable).toBe(true);
  });
});

test("the table is as the architecture has it", () => {
  const of = (retrying: boolean): Record<string, string> =>
    Object.fromEntries(
      kinds
        .map((kind) => [kind, actionAfter(new RpcError(kind, "x"), retrying)] as const)
        .filter(([, action]) => action !== "fail"),
    );
  expect(of(false)).toEqual({
    unavailable: "move",
    draining: "move",
    "not-found": "move",
    backpressure: "move",
  });
  expect(of(true)).toEqual({
    unavailable: "move",
    draining: "move",
    "not-found": "move",
    backpressure: "retry",
    timeout: "retry",
    internal: "retry",
  });
  expect(kinds.filter((kind) => isPenalised(new RpcError(kind, "x")))).toEqual([
    "timeout",
    "unavailable",
    "backpressure",
  ]);
});

test("a breaker hears of answers, and of what fails at a provider that is alive and has room", () => {
  const of = (verdict: "success" | "failure"): string[] =>
    ["ok", "superseded", ...kinds].filter((outcome) => breakerVerdict(outcome) === verdict);
  expect(of("success")).toEqual(["ok", "application"]);
  expect(of("failure")).toEqual(["timeout", "internal", "bad-response"]);
});
