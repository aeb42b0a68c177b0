import { deferred, type Deferred } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { HealthChecker, type HealthCheckerConfig, type HealthEvent } from "../src/health/index.ts";
import { bench, hang, outcome, unchecked } from "./helpers.ts";

/** A checker in virtual time, and what it tells. */
function checker(config: HealthCheckerConfig = {}): ReturnType<typeof bench> & {
  readonly one: HealthChecker;
  readonly log: string[];
} {
  const made = bench();
  const one = new HealthChecker({ clock: made.clock, ...config });
  const log: string[] = [];
  one.onEvent((event: HealthEvent<string>) => {
    const { id, state } = event.status;
    if (event.type === "change") log.push(`${made.clock.now()}: ${id} ${event.from} > ${state}`);
  });
  return { ...made, one, log };
}

/** A probe whose answers are `+` and `-`, the last one for ever. */
function answering(answers: string): () => boolean {
  let asked = 0;
  return () => answers[Math.min(asked++, answers.length - 1)] === "+";
}

describe("HealthChecker", () => {
  test("probes at once and then every 30 s, for which it needs one good answer to be healthy", async () => {
    const { clock, one, log } = checker();
    const probed: number[] = [];
    one.add("a", () => {
      probed.push(clock.now());
      return true;
    });
    expect(one.status("a")).toMatchObject({ state: "unknown", tookMs: undefined });
    await clock.advance(95_000);
    expect(probed).toEqual([0, 30_000, 60_000, 90_000]);
    expect(log).toEqual(["0: a unknown > healthy"]);
    expect(one.status("a")).toEqual({
      id: "a",
      state: "healthy",
      failures: 0,
      successes: 4,
      tookMs: 0,
      error: undefined,
    });
  });

  test("wants three failures in a row before it calls a target unhealthy, two answers to take it back", async () => {
    const { clock, one, log } = checker();
    one.add("a", answering("+--+---+-++-"));
    await clock.advance(12 * 30_000);
    expect(log).toEqual(
      [
        "0: a unknown > healthy",
        "180000: a healthy > unhealthy",
        "300000: a unhealthy > healthy",
      ].map((line) => line),
    );
  });

  test("counts false, an error and an answer after 5 s as failures", async () => {
    const { clock, one, log } = checker({ unhealthyAfter: 1 });
    one.add("false", () => false);
    one.add("error", () => Promise.reject(new Error("refused")));
    one.add("throws", () => {
      throw new Error("synchronous");
    });
    one.add("hangs", hang);
    one.add("slow", () => clock.sleep(4999).then(() => true));
    await clock.advance(5000);
    expect(log).toEqual(
      [
        "0: false unknown > unhealthy",
        "0: throws unknown > unhealthy",
        "0: error unknown > unhealthy",
        "4999: slow unknown > healthy",
        "5000: hangs unknown > unhealthy",
      ].toSorted((a, b) => log.indexOf(a) - log.indexOf(b)),
    );
    expect(one.status("error")?.error).toMatchObject({ message: "refused" });
    expect(one.status("hangs")).toMatchObject({ tookMs: 5000, error: { kind: "timeout" } });
    expect(one.statuses().map(({ id }) => id)).toEqual([
      "false",
      "error",
      "throws",
      "hangs",
      "slow",
    ]);
  });

  test("lets no target wait for another", async () => {
    const { clock, one } = checker();
    const probed: string[] = [];
    one.add("slow", () => {
      probed.push(`slow ${clock.now()}`);
      return hang();
    });
    one.add("quick", () => {
      probed.push(`quick ${clock.now()}`);
      return true;
    });
    await clock.advance(30_000);
    expect(probed).toEqual(
      ["slow 0", "quick 0", "quick 30000", "slow 30000"].toSorted(
        (a, b) => probed.indexOf(a) - probed.indexOf(b),
      ),
    );
    expect(one.status("quick")?.state).toBe("healthy");
  });

  test("never probes a target twice at a time, even if a probe may outlast the interval", async () => {
    const { clock, one } = checker({ intervalMs: 1000, timeoutMs: 2500 });
    const probed: number[] = [];
    one.add("a", () => {
      probed.push(clock.now());
      return hang();
    });
    await clock.advance(6000);
    expect(probed).toEqual([0, 2500, 5000]);
  });

  test("tells of every probe, then of what changed", async () => {
    const { clock, one } = checker({ unhealthyAfter: 1 });
    const events: string[] = [];
    one.onEvent((event) => events.push(event.type === "probe" ? `probe ${event.ok}` : event.type));
    one.add("a", answering("+-"));
    await clock.advance(60_000);
    expect(events).toEqual(["probe true", "change", "probe false", "change", "probe false"]);
  });

  test("checks on demand, joining a probe that is under way, and starts the interval anew", async () => {
    const { clock, one } = checker();
    const probed: number[] = [];
    const answers: Deferred<boolean>[] = [];
    one.add("a", () => {
      probed.push(clock.now());
      answers.push(deferred());
      return answers.at(-1)!.promise;
    });
    const joined = [one.check("a"), one.check("a")];
    answers[0]?.resolve(true);
    expect(await Promise.all(joined)).toMatchObject([{ successes: 1 }, { successes: 1 }]);
    await clock.advance(10_000);
    const second = one.check("a");
    answers[1]?.resolve(true);
    expect(await second).toMatchObject({ successes: 2 });
    await clock.advance(30_000);
    expect(probed).toEqual([0, 10_000, 40_000]);
  });

  test("ends a check at once when its caller gives up; the probe goes on", async () => {
    const { clock, controller, signal, one, expectClean } = checker();
    one.add("a", () => clock.sleep(100).then(() => true));
    const result = outcome(one.check("a", { signal }));
    controller.abort("enough");
    expect(await result).toBe("enough");
    expect(await outcome(one.check("a", { signal }))).toBe("enough");
    await clock.advance(100);
    expect(one.status("a")?.state).toBe("healthy");
    await one.close();
    expectClean();
  });

  test("forgets a removed target at once, whatever its probe says later", async () => {
    const { clock, one, log, expectClean } = checker();
    const signals: AbortSignal[] = [];
    one.add("a", ({ signal }) => {
      signals.push(signal);
      return clock.sleep(100).then(() => true);
    });
    const checked = outcome(one.check("a"));
    expect([one.remove("a"), one.remove("a")]).toEqual([true, false]);
    expect(await checked).toMatchObject({ kind: "closed" });
    expect([one.status("a"), signals[0]?.aborted]).toEqual([undefined, true]);
    await clock.advance(100_000);
    expect(log).toEqual([]);
    one.add("a", () => true);
    await clock.advance(0);
    expect(one.status("a")?.state).toBe("healthy");
    one.remove("a");
    expectClean();
  });

  test("closes for good, leaving neither timer nor listener", async () => {
    const { clock, one, expectClean } = checker();
    one.add("a", () => true);
    one.add("b", hang);
    await clock.advance(100);
    const checked = outcome(one.check("b"));
    await Promise.all([one.close(), one.close(), one[Symbol.asyncDispose]()]);
    expect(await checked).toMatchObject({ kind: "closed" });
    expect(() => one.add("c", () => true)).toThrow("[closed]");
    expect(await outcome(one.check("a"))).toMatchObject({ kind: "closed" });
    expect(one.statuses()).toEqual([]);
    await clock.advance(0);
    expectClean();
  });

  test("survives listeners that throw, and ones that remove the target", async () => {
    const errors: unknown[] = [];
    const { clock, one, expectClean } = checker({ reportError: (error) => errors.push(error) });
    one.onEvent(({ status }) => {
      one.remove(status.id);
      throw new Error("listener");
    });
    one.add("a", () => true);
    await clock.advance(100_000);
    expect(errors).toMatchObject([{ message: "listener" }, { message: "listener" }]);
    expectClean();
  });

  test("refuses wrong arguments by name and value", async () => {
    const make = (config: HealthCheckerConfig) => (): unknown => new HealthChecker(config);
    expect(make({ intervalMs: 0 })).toThrow(
      "intervalMs must be a number from 1 to Infinity, got 0",
    );
    expect(make({ timeoutMs: -1 })).toThrow("timeoutMs must be a number from 0");
    expect(make({ unhealthyAfter: 0 })).toThrow("unhealthyAfter must be a whole number from 1");
    expect(make({ healthyAfter: 1.5 })).toThrow("healthyAfter must be a whole number from 1");
    const { one } = checker();
    one.add("a", () => true);
    expect(() => one.add("a", () => true)).toThrow(new RangeError("id must be new, got a"));
    expect(() => one.add("b", unchecked(true))).toThrow(
      new TypeError("probe must be a function, got true"),
    );
    expect(await outcome(one.check("z"))).toEqual(new RangeError("id must be watched, got z"));
    await one.close();
  });
});
