import { readdirSync, readFileSync } from "node:fs";

import { isSelvageError, SelvageError } from "@selvage/core";
import { describe, expect, test } from "vitest";

import * as nrpc from "../src/index.ts";
import {
  ApplicationError,
  grpcStatusNames,
  isRpcError,
  RpcError,
  type RpcErrorKind,
  rpcErrorKinds,
  rpcStatus,
} from "../src/index.ts";

const kinds = Object.keys(rpcErrorKinds) as RpcErrorKind[];
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
/** The rows of the README's tables, cells without padding. */
const rows = readme
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

describe("an error of a call", () => {
  test("says its kind first and takes retryable from the table", () => {
    for (const kind of kinds) {
      const error = new RpcError(kind, "because");
      expect(error.message).toBe(`[${kind}] because`);
      expect(error.retryable).toBe(rpcErrorKinds[kind].retryable);
      expect([isSelvageError(error), isRpcError(error, kind)]).toEqual([true, true]);
    }
  });

  test("was never delivered unless it says otherwise, and names nobody", () => {
    const error = new RpcError("timeout", "x");
    expect([error.delivered, error.provider, error.code]).toEqual(["never", undefined, undefined]);
    const told = { delivered: "maybe", code: "own" } as const;
    expect(new RpcError("application", "x", told)).toMatchObject(told);
  });

  test("is told from other errors, and from other kinds", () => {
    expect(isRpcError(new RpcError("closed", "x"), "timeout")).toBe(false);
    expect(isRpcError(new ApplicationError("closed", "x"))).toBe(false);
    expect(isRpcError(undefined)).toBe(false);
  });

  test("of another copy of this package is one, too", () => {
    class OtherRpcError extends SelvageError<"timeout"> {
      override readonly name: string = "RpcError";
    }
    const error = new OtherRpcError(rpcErrorKinds, "timeout", "x");
    expect([isRpcError(error, "timeout"), isRpcError(error, "closed")]).toEqual([true, false]);
  });
});

test("an application's error carries its code, message and cause", () => {
  const cause = new Error("deep");
  const error = new ApplicationError("sold-out", "nothing left", { cause });
  expect(error).toMatchObject({ name: "ApplicationError", code: "sold-out", cause });
  expect(error.message).toBe("nothing left");
});

test.each(kinds)("the kind %s is thrown in some test", (kind) => {
  const folder = new URL("./", import.meta.url);
  const tests = readdirSync(folder).filter((file) => file.endsWith(".integration.test.ts"));
  const sources = tests.map((file) => readFileSync(new URL(file, folder), "utf8"));
  expect(sources.some((source) => source.includes(`kind: "${kind}"`))).toBe(true);
});

describe("the README", () => {
  test("lists every kind as the table has it, and no other", () => {
    const listed = rows.filter(([, retryable]) => retryable === "yes" || retryable === "no");
    expect(listed.map(([kind, retryable, , , meaning]) => [kind, retryable, meaning])).toEqual(
      kinds.map((kind) => {
        const { retryable, meaning } = rpcErrorKinds[kind];
        return [`\`${kind}\``, retryable ? "yes" : "no", meaning];
      }),
    );
  });

  test("gives each kind that travels its number, and all of them gRPC's names", () => {
    for (const kind of kinds) {
      const row = rows.find(([first, second]) => {
        return first === `\`${kind}\`` && (second === "yes" || second === "no");
      });
      expect(row?.[3]).toBe(`\`${grpcStatusNames[kind]}\``);
      const status = kind in rpcStatus ? rpcStatus[kind as keyof typeof rpcStatus] : undefined;
      expect(Number(row?.[2] || Number.NaN)).toBe(status?.code ?? Number.NaN);
      if (status !== undefined) expect(row?.[3]).toBe(`\`${status.grpc}\``);
      expect(row?.[3]).toMatch(/^`[A-Z_]+`$/);
    }
  });

  test("lists every default with its value", () => {
    for (const [name, value] of Object.entries(nrpc)) {
      if (!name.startsWith("DEFAULT_") || typeof value !== "number") continue;
      const row = rows.find(([first]) => first === `\`${name}\``);
      expect([name, row?.[1]]).toEqual([name, value.toLocaleString("en")]);
    }
  });
});
