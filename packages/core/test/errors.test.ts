import { describe, expect, test, vi } from "vitest";

import * as core from "../src/index.ts";
import {
  assertNever,
  CoreError,
  coreErrorKinds,
  deliveredOf,
  isSelvageError,
  SelvageError,
  type Delivered,
} from "../src/index.ts";

const kinds = {
  busy: { retryable: true, meaning: "the provider has no room" },
  broken: { retryable: false, meaning: "the provider is broken" },
} as const;

class LayerError extends SelvageError<keyof typeof kinds> {
  readonly delivered: Delivered;

  constructor(kind: keyof typeof kinds, delivered: Delivered) {
    super(kinds, kind, "for a test");
    this.delivered = delivered;
  }
}

describe("SelvageError", () => {
  test("takes retryable from its table and prefixes the kind", () => {
    const error = new LayerError("busy", "never");
    expect(error).toMatchObject({
      name: "LayerError",
      kind: "busy",
      retryable: true,
      message: "[busy] for a test",
    });
    expect(new LayerError("broken", "never").retryable).toBe(false);
    expect(error).toBeInstanceOf(Error);
  });

  test("keeps a cause, also an undefined one, and has none otherwise", () => {
    const cause = new Error("below");
    expect(new SelvageError(kinds, "busy", "x", { cause }).cause).toBe(cause);
    expect("cause" in new SelvageError(kinds, "busy", "x", { cause: undefined })).toBe(true);
    expect("cause" in new SelvageError(kinds, "busy", "x")).toBe(false);
  });

  test("lets one error differ from its kind in retryable", () => {
    expect(new SelvageError(kinds, "busy", "x", { retryable: false }).retryable).toBe(false);
    expect(new SelvageError(kinds, "broken", "x", { retryable: true }).retryable).toBe(true);
  });

  test("hides its brand from loops and JSON", () => {
    const error = new LayerError("busy", "maybe");
    expect(Object.keys(error)).not.toContain("brand");
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "LayerError",
      kind: "busy",
      retryable: true,
      delivered: "maybe",
    });
  });
});

describe("isSelvageError", () => {
  test("knows errors of another copy of the module", async () => {
    vi.resetModules();
    const copy = await import("../src/index.ts");
    expect(copy.SelvageError).not.toBe(core.SelvageError);
    const foreign = new copy.CoreError("overflow", "from the other copy");
    expect(foreign).not.toBeInstanceOf(core.CoreError);
    expect(isSelvageError(foreign)).toBe(true);
    expect(copy.isSelvageError(new LayerError("busy", "never"))).toBe(true);
  });

  test("is not taken in by anything else", () => {
    for (const other of [undefined, null, "busy", 7, {}, new Error("x"), { kind: "busy" }]) {
      expect(isSelvageError(other)).toBe(false);
    }
  });
});

describe("deliveredOf", () => {
  test("reads the field of errors about remote work only", () => {
    expect(deliveredOf(new LayerError("busy", "never"))).toBe("never");
    expect(deliveredOf(new LayerError("busy", "maybe"))).toBe("maybe");
    expect(deliveredOf(new CoreError("overflow", "x"))).toBeUndefined();
    expect(deliveredOf({ delivered: "never" })).toBeUndefined();
    expect(deliveredOf(new LayerError("busy", "perhaps" as Delivered))).toBeUndefined();
  });
});

describe("the table of core", () => {
  test("has a sentence for every kind", () => {
    for (const { meaning } of Object.values(coreErrorKinds)) expect(meaning).toMatch(/^[a-z]/);
  });
});

test("assertNever names the value that should not exist", () => {
  expect(() => assertNever("surprise" as never)).toThrow("unexpected value: surprise");
});
