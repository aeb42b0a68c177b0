import { describe, expect, test } from "vitest";

import { closeAll, CloseOnce, deferred } from "../src/index.ts";

describe("CloseOnce", () => {
  test("runs its work once and gives every caller the same promise", async () => {
    let runs = 0;
    const done = deferred<void>();
    const once = new CloseOnce(() => {
      runs++;
      return done.promise;
    });
    expect(once.started).toBe(false);
    const first = once.close();
    expect([once.close(), once.started, runs]).toEqual([first, true, 1]);
    done.resolve();
    await first;
    expect(once.close()).toBe(first);
    expect(runs).toBe(1);
  });

  test("takes a call from inside its own work", async () => {
    let runs = 0;
    const once: CloseOnce = new CloseOnce(() => {
      runs++;
      void once.close();
      return Promise.resolve();
    });
    await once.close();
    expect(runs).toBe(1);
  });

  test("rejects every caller alike when the work fails, also synchronously", async () => {
    const failing = new CloseOnce(() => {
      throw new Error("work");
    });
    await expect(failing.close()).rejects.toThrow("work");
    await expect(failing.close()).rejects.toThrow("work");
    expect(failing.started).toBe(true);
  });
});

describe("closeAll", () => {
  const part = (name: string, log: string[], failure?: Error): AsyncDisposable => ({
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve();
      log.push(name);
      if (failure !== undefined) throw failure;
    },
  });

  test("closes parts one after the other, last created first", async () => {
    const log: string[] = [];
    await closeAll(["a", "b", "c"].map((name) => part(name, log)));
    expect(log).toEqual(["c", "b", "a"]);
  });

  test("closes all of them even if some fail, and throws the first failure", async () => {
    const log: string[] = [];
    const closing = closeAll([
      part("a", log, new Error("second failure")),
      part("b", log),
      part("c", log, new Error("first failure")),
    ]);
    await expect(closing).rejects.toThrow("first failure");
    expect(log).toEqual(["c", "b", "a"]);
  });
});
