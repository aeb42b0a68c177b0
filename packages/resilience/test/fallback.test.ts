import { describe, expect, test } from "vitest";

import { fallback, type FallbackEvent } from "../src/index.ts";
import { bench, hang, outcome, unchecked } from "./helpers.ts";

describe("fallback", () => {
  test("leaves a good answer alone", async () => {
    const policy = fallback(() => "other");
    expect(await policy.execute(() => undefined)).toBeUndefined();
  });

  test("answers with what it makes of the error, and tells", async () => {
    const policy = fallback((cause) => Promise.resolve(`instead of ${String(cause)}`));
    const events: FallbackEvent[] = [];
    policy.onEvent((event) => events.push(event));
    expect(await policy.execute(() => Promise.reject("this"))).toBe("instead of this");
    const thrown = policy.execute(() => {
      throw new Error("that");
    });
    expect(await thrown).toBe("instead of Error: that");
    expect(events).toEqual([
      { type: "fallback", error: "this" },
      { type: "fallback", error: new Error("that") },
    ]);
  });

  test("passes on the errors that it does not handle", async () => {
    const policy = fallback(() => "other", { handles: (error) => error === "mine" });
    expect(await policy.execute(() => Promise.reject("mine"))).toBe("other");
    expect(await outcome(policy.execute(() => Promise.reject("yours")))).toBe("yours");
  });

  test("fails with the fallback's own error", async () => {
    const policy = fallback(() => {
      throw new Error("nor this");
    });
    expect(await outcome(policy.execute(() => Promise.reject("this")))).toMatchObject({
      message: "nor this",
    });
  });

  test("gives nothing to a caller who gave up, whichever of the two was running", async () => {
    for (const fn of [hang, () => Promise.reject("this")]) {
      const { controller, signal, expectClean } = bench();
      const answers: unknown[] = [];
      const events: unknown[] = [];
      const policy = fallback((_, context) => {
        answers.push(context.signal);
        return hang();
      });
      policy.onEvent((event) => events.push(event));
      const result = outcome(policy.execute(fn, { signal }));
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort("enough");
      expect(await result).toBe("enough");
      expect(answers).toHaveLength(fn === hang ? 0 : 1);
      expect(events).toHaveLength(answers.length);
      expectClean();
    }
  });

  test("refuses what cannot be called", () => {
    expect(() => fallback(unchecked("other"))).toThrow(
      new TypeError("answer must be a function, got other"),
    );
    expect(() => fallback(() => 1, { handles: unchecked(true) })).toThrow(
      "handles must be a function, got true",
    );
  });
});
