import { readdirSync, readFileSync } from "node:fs";

import { isSelvageError } from "@selvage/core";
import { describe, expect, test } from "vitest";

import {
  isTransportError,
  TransportError,
  transportDefaults,
  type TransportErrorKind,
  transportErrorKinds,
} from "../src/index.ts";

const kinds = Object.keys(transportErrorKinds) as TransportErrorKind[];
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

describe("an error of the transport", () => {
  test("says its kind first and takes retryable from the table", () => {
    for (const kind of kinds) {
      const error = new TransportError(kind, "because");
      expect(error.message).toBe(`[${kind}] because`);
      expect(error.retryable).toBe(transportErrorKinds[kind].retryable);
      expect([isSelvageError(error), isTransportError(error, kind)]).toEqual([true, true]);
    }
  });

  test("was never delivered unless it says otherwise, and has neither code nor promise", () => {
    const error = new TransportError("stream-reset", "x");
    expect([error.delivered, error.code, error.notStarted]).toEqual(["never", undefined, false]);
    const told = { delivered: "maybe", code: 7, notStarted: true } as const;
    expect(new TransportError("stream-reset", "x", told)).toMatchObject(told);
  });

  test("is told from other errors, and from other kinds", () => {
    expect(isTransportError(new TransportError("closed", "x"), "bind")).toBe(false);
    expect(isTransportError(new Error("closed"))).toBe(false);
    expect(isTransportError(undefined)).toBe(false);
  });
});

test.each(kinds)("the kind %s is thrown in some test", (kind) => {
  const folder = new URL("./", import.meta.url);
  const tests = readdirSync(folder).filter((file) => file.endsWith(".test.ts"));
  const others = tests.filter((file) => file !== "errors.test.ts");
  const sources = others.map((file) => readFileSync(new URL(file, folder), "utf8"));
  expect(sources.some((source) => source.includes(`kind: "${kind}"`))).toBe(true);
});

describe("the README", () => {
  test("lists every kind as the table has it, and no other", () => {
    const listed = rows.filter(([, retryable]) => retryable === "yes" || retryable === "no");
    expect(listed).toEqual(
      kinds.map((kind) => {
        const { retryable, meaning } = transportErrorKinds[kind];
        return [`\`${kind}\``, retryable ? "yes" : "no", meaning];
      }),
    );
  });

  test("lists every limit with its default", () => {
    for (const [name, value] of Object.entries(transportDefaults)) {
      const row = rows.find(([first]) => first === `\`${name}\``);
      expect([name, row?.[1]]).toEqual([name, value.toLocaleString("en")]);
    }
  });
});
