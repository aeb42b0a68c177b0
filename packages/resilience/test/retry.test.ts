import { SelvageError, type Delivered } from "@selvage/core";
import { describe, expect, test } from "vitest";

import {
  ResilienceError,
  retry,
  RetryBudget,
  type AttemptContext,
  type RetryConfig,
  type RetryEvent,
} from "../src/index.ts";
import { bench, outcome, retrying } from "./helpers.ts";

const table = {
  transient: { retryable: true, meaning: "may work next time" },
  final: { retryable: false, meaning: "will not work next time" },
} as const;

class RemoteError extends SelvageError<keyof typeof table> {
  readonly delivered: Delivered;

  constructor(kind: keyof typeof table, delivered: Delivered) {
    super(table, kind, "for a test");
    this.delivered = delivered;
  }
}

/** A function that fails with these errors in turn and then answers "ok". */
function failing(...errors: unknown[]): { calls: number; fn: () => Promise<string> } {
  const state = {
    calls: 0,
    fn: (): Promise<string> => {
      const index = state.calls++;
      return index < errors.length ? Promise.reject(errors[index]) : Promise.resolve("ok");
    },
  };
  return state;
}

const transient = (): RemoteError => new RemoteError("transient", "never");

describe("attempts and waits", () => {
  test("gives the first success and leaves nothing behind", async () => {
    const { clock, signal, random, expectClean } = bench();
    const work = failing(transient(), transient());
    const result = retrying(work.fn, { attemptTimeoutMs: 100 }, { clock, signal, random });
    await clock.advance(49);
    expect(work.calls).toBe(1);
    await clock.advance(1 + 100);
    expect(await result).toBe("ok");
    expect(work.calls).toBe(3);
    expectClean();
  });

  test("throws the last error when the attempts are used up", async () => {
    const { clock, signal, random, expectClean } = bench();
    const errors = [transient(), transient(), transient()];
    const work = failing(...errors);
    const result = outcome(retrying(work.fn, {}, { clock, signal, random }));
    await clock.advance(1000);
    expect(await result).toBe(errors[2]);
    expect(work.calls).toBe(3);
    expectClean();
  });

  test("does not repeat what says it is final, nor an abort from elsewhere", async () => {
    const { clock } = bench();
    for (const error of [new RemoteError("final", "never"), new DOMException("", "AbortError")]) {
      const work = failing(error);
      expect(await outcome(retrying(work.fn, {}, { clock }))).toBe(error);
      expect(work.calls).toBe(1);
    }
  });

  test("repeats errors that say nothing, and foreign ones that say they are retryable", async () => {
    const { clock, random } = bench();
    const work = failing(new TypeError("fetch failed"), { retryable: true });
    const result = retrying(work.fn, {}, { clock, random });
    await clock.advance(1000);
    expect(await result).toBe("ok");
    const refused = failing({ retryable: false });
    await expect(retrying(refused.fn, {}, { clock })).rejects.toEqual({ retryable: false });
  });

  test("takes a synchronous throw for a failed attempt", async () => {
    const { clock, random } = bench();
    let calls = 0;
    const result = retrying(
      () => {
        if (calls++ === 0) throw new Error("synchronous");
        return "ok";
      },
      {},
      { clock, random },
    );
    await clock.advance(50);
    expect(await result).toBe("ok");
  });

  test("reports each further attempt before its wait", async () => {
    const { clock, random } = bench();
    const events: RetryEvent[] = [];
    const [first, second] = [transient(), transient()];
    const options = { clock, random, onEvent: (event: RetryEvent) => void events.push(event) };
    const result = retrying(failing(first, second).fn, {}, options);
    await clock.advance(0);
    expect(events).toHaveLength(1);
    await clock.advance(1000);
    await result;
    expect(events).toEqual([
      { type: "retry", attempt: 1, error: first, target: undefined, delayMs: 50 },
      { type: "retry", attempt: 2, error: second, target: undefined, delayMs: 100 },
    ]);
  });

  test("can be shared by concurrent operations", async () => {
    const { clock, random } = bench();
    const policy = retry({ maxAttempts: 2, clock, random });
    const works = [failing(transient()), failing(transient())];
    const results = works.map(({ fn }) => policy.execute(fn));
    await clock.advance(50);
    expect(await Promise.all(results)).toEqual(["ok", "ok"]);
  });
});

describe("what may have happened", () => {
  test("is not repeated", async () => {
    const { clock } = bench();
    const error = new RemoteError("transient", "maybe");
    const work = failing(error);
    expect(await outcome(retrying(work.fn, {}, { clock }))).toBe(error);
    expect(work.calls).toBe(1);
  });

  test("is not moved either, whatever the classification says", async () => {
    const { clock } = bench();
    const work = failing(new RemoteError("transient", "maybe"));
    await outcome(retrying(work.fn, { classify: () => "move" }, { clock }));
    expect(work.calls).toBe(1);
  });

  test("is repeated when the caller declares that harmless", async () => {
    const { clock, random } = bench();
    const work = failing(new RemoteError("transient", "maybe"));
    const result = retrying(work.fn, { maybeDelivered: true }, { clock, random });
    await clock.advance(50);
    expect(await result).toBe("ok");
  });
});

describe("the caller's signal", () => {
  test("ends a wait at once, with its own reason and no further call", async () => {
    const { clock, controller, signal, random, expectClean } = bench();
    const work = failing(transient());
    const result = outcome(retrying(work.fn, {}, { clock, signal, random }));
    await clock.advance(20);
    const reason = { why: "enough" };
    controller.abort(reason);
    expect(await result).toBe(reason);
    await clock.advance(1000);
    expect(work.calls).toBe(1);
    expectClean();
  });

  test("ends an attempt at once, even one that does not listen", async () => {
    const { clock, controller, signal, expectClean } = bench();
    const signals: AbortSignal[] = [];
    const hang = (context: AttemptContext): Promise<never> => {
      signals.push(context.signal);
      return new Promise(() => {});
    };
    const result = outcome(retrying(hang, { attemptTimeoutMs: 100 }, { clock, signal }));
    await clock.advance(10);
    controller.abort("enough");
    expect(await result).toBe("enough");
    expect(signals.map((own) => own.reason as unknown)).toEqual(["enough"]);
    expectClean();
  });

  test("wins over an error that the abort brought about", async () => {
    const { clock, controller, signal } = bench();
    const result = outcome(
      retrying(
        () => {
          controller.abort("enough");
          throw transient();
        },
        {},
        { clock, signal },
      ),
    );
    expect(await result).toBe("enough");
  });

  test("prevents the first call if it aborted before", async () => {
    const { clock } = bench();
    const work = failing();
    const signal = AbortSignal.abort("no");
    expect(await outcome(retrying(work.fn, {}, { clock, signal }))).toBe("no");
    expect(work.calls).toBe(0);
  });

  test("makes it pointless to judge the error", async () => {
    const { clock, controller, signal } = bench();
    const told: unknown[] = [];
    const classify = (error: unknown): "fail" => {
      told.push(error);
      return "fail";
    };
    const fn = (): never => {
      controller.abort("enough");
      throw new RemoteError("final", "never");
    };
    expect(await outcome(retrying(fn, { classify }, { clock, signal }))).toBe("enough");
    expect(told).toEqual([]);
  });
});

describe("time bounds", () => {
  /** Hangs until its signal aborts, then fails with `answer(reason)`. */
  const hanging =
    (answer: (reason: unknown) => unknown) =>
    ({ signal }: AttemptContext): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(answer(signal.reason)));
      });

  test("an attempt that takes too long is aborted and repeated", async () => {
    const { clock, signal, random, expectClean } = bench();
    const reasons: unknown[] = [];
    const result = retrying(
      (context) => {
        if (context.attempt === 2) return "ok";
        expect(context.timeoutMs).toBe(200);
        context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
        return new Promise<string>(() => {});
      },
      { attemptTimeoutMs: 200 },
      { clock, signal, random },
    );
    await clock.advance(249);
    expect(reasons).toMatchObject([{ kind: "timeout" }]);
    await clock.advance(1);
    expect(await result).toBe("ok");
    expectClean();
  });

  test("the last attempt's timeout is what is thrown", async () => {
    const { clock, random } = bench();
    const policy = { attemptTimeoutMs: 10, maxAttempts: 2 };
    const result = outcome(retrying(() => new Promise(() => {}), policy, { clock, random }));
    await clock.advance(1000);
    const error = await result;
    expect(error).toBeInstanceOf(ResilienceError);
    expect(error).toMatchObject({
      kind: "timeout",
      message: "[timeout] no answer within 10 ms",
    });
  });

  test("an attempt that answers its abort in the same turn is heard", async () => {
    const { clock } = bench();
    const specific = new RemoteError("final", "maybe");
    const result = outcome(
      retrying(
        hanging(() => specific),
        { attemptTimeoutMs: 10 },
        { clock },
      ),
    );
    await clock.advance(10);
    expect(await result).toBe(specific);
  });

  test("a plain AbortError as the answer to a timeout counts as that timeout", async () => {
    const { clock, random } = bench();
    const answer = (): DOMException => new DOMException("aborted", "AbortError");
    const policy = { attemptTimeoutMs: 10, maxAttempts: 2 };
    const result = outcome(retrying(hanging(answer), policy, { clock, random }));
    await clock.advance(1000);
    expect(await result).toMatchObject({ kind: "timeout" });
    expect(clock.now()).toBe(1000);
  });

  test("the deadline ends the operation, with the last failure as the cause", async () => {
    const { clock, signal, random, expectClean } = bench();
    const first = transient();
    let calls = 0;
    const result = outcome(
      retrying(
        () => (calls++ === 0 ? Promise.reject(first) : new Promise(() => {})),
        { deadlineMs: 300, attemptTimeoutMs: 1000 },
        { clock, signal, random },
      ),
    );
    await clock.advance(299);
    expect(calls).toBe(2);
    await clock.advance(1);
    expect(await result).toMatchObject({ kind: "timeout", cause: first });
    expect(String(await result)).toContain("[timeout] 300 ms were not enough for 2 attempts");
    expectClean();
  });

  test("the answer of the attempt that met the deadline becomes the cause", async () => {
    const { clock } = bench();
    const specific = new RemoteError("transient", "maybe");
    const result = outcome(
      retrying(
        hanging(() => specific),
        { deadlineMs: 10 },
        { clock },
      ),
    );
    await clock.advance(10);
    expect(await result).toMatchObject({ kind: "timeout", cause: specific });
  });

  test("a deadline met with nothing to tell has no cause", async () => {
    const { clock } = bench();
    const result = outcome(
      retrying(
        hanging((reason) => reason),
        { deadlineMs: 10 },
        { clock },
      ),
    );
    await clock.advance(10);
    const error = (await result) as ResilienceError;
    expect([error.kind, "cause" in error]).toEqual(["timeout", false]);
  });

  test("no wait begins that would pass the deadline", async () => {
    const { clock, random, expectClean } = bench();
    const last = transient();
    const work = failing(transient(), last, transient());
    const policy = { deadlineMs: 150, initialBackoffMs: 100 };
    const result = outcome(retrying(work.fn, policy, { clock, random }));
    await clock.advance(100);
    expect(await result).toMatchObject({ kind: "timeout", cause: last });
    expect(work.calls).toBe(2);
    expectClean();
  });

  test("no attempt begins without time", async () => {
    const { clock } = bench();
    const work = failing();
    const error = await outcome(retrying(work.fn, { deadlineMs: 0 }, { clock }));
    expect(error).toMatchObject({ kind: "timeout" });
    expect(work.calls).toBe(0);
  });

  test("a success in time never sees its signal abort", async () => {
    const { clock, controller, signal } = bench();
    const signals: AbortSignal[] = [];
    const policy = { deadlineMs: 100, attemptTimeoutMs: 50 };
    await retrying((context) => void signals.push(context.signal), policy, { clock, signal });
    await clock.advance(200);
    controller.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});

describe("moves", () => {
  /** Calls the first of these targets that is not excluded; all but the last fail with `move`. */
  const over =
    (targets: readonly string[], tried: string[]) =>
    (context: AttemptContext<string>): Promise<string> => {
      const target = targets.find((one) => !context.excluded.has(one)) ?? "none";
      context.use(target);
      tried.push(target);
      return target === targets.at(-1) ? Promise.resolve(target) : Promise.reject(transient());
    };

  test("are immediate, do not count as attempts, and exclude what failed", async () => {
    const { clock, random, expectClean } = bench();
    const tried: string[] = [];
    const events: string[] = [];
    const result = retrying(
      over(["a", "b", "c", "d", "e"], tried),
      { classify: () => "move", maxAttempts: 1 },
      { clock, random, onEvent: ({ type, target }) => void events.push(`${type} ${target}`) },
    );
    expect(await result).toBe("e");
    expect(tried).toEqual(["a", "b", "c", "d", "e"]);
    expect(events).toEqual(["move a", "move b", "move c", "move d"]);
    expect(clock.now()).toBe(0);
    expectClean();
  });

  test("off one target are free once; the next time it is a retry", async () => {
    const { clock, random } = bench();
    const starts: number[] = [];
    const result = outcome(
      retrying<never, string>(
        (context) => {
          starts.push(clock.now());
          context.use("only");
          return Promise.reject(transient());
        },
        { classify: () => "move" },
        { clock, random },
      ),
    );
    await clock.advance(1000);
    expect(await result).toBeInstanceOf(RemoteError);
    expect(starts).toEqual([0, 0, 50, 150]);
  });

  test("without a named target are free once in all", async () => {
    const { clock, random } = bench();
    const work = failing(transient(), transient(), transient(), transient(), transient());
    const result = outcome(retrying(work.fn, { classify: () => "move" }, { clock, random }));
    await clock.advance(1000);
    await result;
    expect(work.calls).toBe(4);
  });

  test("may name the target in the verdict", async () => {
    const { clock, random } = bench();
    const excluded: string[][] = [];
    let n = 0;
    await retrying<string, string>(
      (context) => {
        excluded.push([...context.excluded]);
        return ++n < 3 ? Promise.reject(new Error(`target ${n}`)) : "ok";
      },
      { classify: (error) => ({ action: "move", target: (error as Error).message }) },
      { clock, random },
    );
    expect(excluded).toEqual([[], ["target 1"], ["target 1", "target 2"]]);
  });

  test("come to an end with a function that invents targets", async () => {
    const { clock, random } = bench();
    let calls = 0;
    const result = outcome(
      retrying<never, number>(
        (context) => {
          context.use(++calls);
          return Promise.reject(transient());
        },
        { classify: () => "move" },
        { clock, random },
      ),
    );
    await clock.advance(1000);
    await result;
    expect(calls).toBe(103);
  });

  test("a retry excludes its target too, until the caller says nothing else is left", async () => {
    const { clock, random } = bench();
    const seen: string[][] = [];
    const result = outcome(
      retrying<never, string>(
        (context) => {
          seen.push([...context.excluded]);
          const free = ["a", "b"].find((one) => !context.excluded.has(one));
          if (free === undefined) context.liftExclusions();
          context.use(free ?? "a");
          return Promise.reject(transient());
        },
        { maxAttempts: 4 },
        { clock, random },
      ),
    );
    await clock.advance(2000);
    await result;
    expect(seen).toEqual([[], ["a"], ["a", "b"], ["a"]]);
  });

  test("a target named after its attempt ended is not taken for the next one's", async () => {
    const { clock, random } = bench();
    const late: (() => void)[] = [];
    const events: (string | undefined)[] = [];
    const result = outcome(
      retrying<never, string>(
        (context) => {
          late.shift()?.();
          late.push(() => context.use("old"));
          return Promise.reject(transient());
        },
        {},
        {
          clock,
          random,
          onEvent: ({ type, target }) => void (type === "retry" && events.push(target)),
        },
      ),
    );
    await clock.advance(1000);
    await result;
    expect(events).toEqual([undefined, undefined]);
  });
});

describe("giving up", () => {
  test("is told with its reason, but not for errors that are final anyway", async () => {
    const { clock, random } = bench();
    const told = async (config: RetryConfig, error: unknown): Promise<unknown[]> => {
      const events: unknown[] = [];
      const policy = retry({ ...config, clock, random });
      policy.onEvent((event) => event.type === "give-up" && events.push(event.reason));
      const result = outcome(policy.execute(() => Promise.reject(error)));
      await clock.advance(10_000);
      await result;
      return events;
    };
    expect(await told({}, transient())).toEqual(["attempts"]);
    expect(await told({ deadlineMs: 40 }, transient())).toEqual(["deadline"]);
    const budget = new RetryBudget({ maxTokens: 1 });
    expect(await told({ budget }, transient())).toEqual(["budget"]);
    expect(await told({}, { retryAfterMs: 1001 })).toEqual(["pushback"]);
    expect(await told({}, new RemoteError("final", "never"))).toEqual([]);
    expect(await told({}, new RemoteError("transient", "maybe"))).toEqual([]);
  });
});

describe("what the target says about coming again", () => {
  /** When each attempt started, for verdicts in turn. */
  async function starts(
    delays: readonly (number | undefined)[],
    config: RetryConfig = {},
  ): Promise<number[]> {
    const { clock, random, expectClean } = bench();
    const at: number[] = [];
    const result = outcome(
      retrying(
        () => {
          at.push(clock.now());
          return Promise.reject(at.length);
        },
        {
          maxAttempts: 6,
          classify: (error) => ({ action: "retry", delayMs: delays[Number(error) - 1] }),
          ...config,
        },
        { clock, random },
      ),
    );
    await clock.advance(100_000);
    await result;
    expectClean();
    return at;
  }

  test("is obeyed to the millisecond, and back-off begins anew", async () => {
    expect(await starts([undefined, undefined, 5000, undefined, undefined])).toEqual([
      0, 50, 150, 5150, 5200, 5300,
    ]);
    expect(await starts([0, 0, 0, 0, 0])).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("ends the operation if it is negative, endless or no number", async () => {
    for (const delay of [-1, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(await starts([undefined, delay, 1])).toEqual([0, 50]);
    }
  });

  test("does not go past the deadline", async () => {
    expect(await starts([100, 5000], { deadlineMs: 1000 })).toEqual([0, 100]);
  });

  test("in an error's retryAfterMs is the least wait, unless that is beyond the longest", async () => {
    const { clock, random } = bench();
    const at: number[] = [];
    const hints = [10, 200, 1000, 1001];
    const result = outcome(
      retrying(
        () => {
          at.push(clock.now());
          return Promise.reject({ retryAfterMs: hints[at.length - 1] });
        },
        { maxAttempts: 9 },
        { clock, random },
      ),
    );
    await clock.advance(10_000);
    expect(await result).toEqual({ retryAfterMs: 1001 });
    expect(at).toEqual([0, 50, 250, 1250]);
  });
});

test("wrong policies are refused by name and value", () => {
  const make = (config: object) => (): unknown => retry(config as RetryConfig);
  expect(make({ maxAttempts: 0 })).toThrow(
    new RangeError("maxAttempts must be a whole number from 1 to 9007199254740991, got 0"),
  );
  expect(make({ maxAttempts: Number.POSITIVE_INFINITY })).toThrow(RangeError);
  expect(make({ deadlineMs: -1 })).toThrow(
    new RangeError("deadlineMs must be a number from 0 to Infinity, got -1"),
  );
  expect(make({ attemptTimeoutMs: Number.NaN })).toThrow(RangeError);
  expect(make({ initialBackoffMs: "50" })).toThrow(
    new TypeError('initialBackoffMs must be a number from 0 to Infinity, got "50"'),
  );
  expect(make({ maxBackoffMs: -1 })).toThrow("maxBackoffMs");
  expect(make({ backoffMultiplier: -1 })).toThrow("backoffMultiplier");
  expect(make({ jitter: true })).toThrow(
    new TypeError("jitter must be equal,full,decorrelated,none, got true"),
  );
  expect(make({ jitter: "toString" })).toThrow("jitter must be equal,full,decorrelated,none");
  expect(make({ classify: "retry" })).toThrow(
    new TypeError("classify must be a function, got retry"),
  );
});
