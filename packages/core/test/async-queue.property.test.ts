import fc from "fast-check";
import { expect, test } from "vitest";

import { AsyncQueue, isSelvageError, type OverflowPolicy } from "../src/index.ts";

/** What an operation came to, as text: easy to compare and to read in a counterexample. */
type Outcomes = Map<number, string>;

/** The queue as one would describe it to a colleague; `outcomes` maps operations to results. */
class Model {
  readonly outcomes: Outcomes = new Map();
  items: number[] = [];
  writers: { op: number; item: number }[] = [];
  readers: number[] = [];
  dropped = 0;
  ended = false;
  failed = false;
  readonly capacity: number;
  readonly overflow: OverflowPolicy;

  constructor(capacity: number, overflow: OverflowPolicy) {
    this.capacity = capacity;
    this.overflow = overflow;
  }

  push(op: number, item: number, waits: boolean): void {
    const reader = this.ended ? undefined : this.readers.shift();
    if (this.ended) this.outcomes.set(op, "false");
    else if (reader !== undefined) {
      this.outcomes.set(reader, `item ${item}`);
      this.outcomes.set(op, "true");
    } else if (this.items.length < this.capacity) {
      this.items.push(item);
      this.outcomes.set(op, "true");
    } else if (this.overflow === "block") {
      if (waits) this.writers.push({ op, item });
      else this.outcomes.set(op, "false");
    } else if (this.overflow === "error") this.outcomes.set(op, "overflow");
    else {
      this.dropped++;
      this.outcomes.set(op, String(this.overflow === "drop-oldest"));
      if (this.overflow === "drop-oldest") this.items = [...this.items.slice(1), item];
    }
  }

  next(op: number): void {
    const item = this.items.shift();
    if (item === undefined) {
      if (!this.ended) this.readers.push(op);
      else this.outcomes.set(op, this.failed ? "failure" : "done");
      this.failed &&= !this.ended;
      return;
    }
    this.outcomes.set(op, `item ${item}`);
    const writer = this.writers.shift();
    if (writer !== undefined) {
      this.items.push(writer.item);
      this.outcomes.set(writer.op, "true");
    }
  }

  end(failed: boolean): void {
    if (this.ended) return;
    this.ended = true;
    this.failed = failed;
    for (const { op } of this.writers.splice(0)) this.outcomes.set(op, "false");
    for (const op of this.readers.splice(0)) {
      this.outcomes.set(op, this.failed ? "failure" : "done");
      this.failed = false;
    }
  }
}

interface Real {
  readonly queue: AsyncQueue<number>;
  readonly outcomes: Outcomes;
  ops: number;
}

const macrotask = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const attempt = (fn: () => string): Promise<string> =>
  new Promise((resolve) => {
    resolve(fn());
  });

const describeError = (error: unknown): string =>
  isSelvageError(error) ? error.kind : String(error);

/** One operation on both sides; afterwards both must have come to the same. */
function command(
  name: string,
  onModel: (model: Model, op: number) => void,
  onQueue: (queue: AsyncQueue<number>, op: number) => Promise<string> | undefined,
): fc.AsyncCommand<Model, Real> {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, real) => {
      const op = real.ops++;
      onModel(model, op);
      const settle = (outcome: string): void => void real.outcomes.set(op, outcome);
      onQueue(real.queue, op)?.then(settle, (error: unknown) => settle(describeError(error)));
      await macrotask();
      expect(Object.fromEntries(real.outcomes)).toEqual(Object.fromEntries(model.outcomes));
      expect(real.queue.size).toBe(model.items.length);
      expect(real.queue.dropped).toBe(model.dropped);
    },
  };
}

const operations = [
  command(
    "push",
    (model, op) => model.push(op, op, true),
    (queue, op) => queue.push(op).then(String),
  ),
  command(
    "tryPush",
    (model, op) => model.push(op, op, false),
    (queue, op) => attempt(() => String(queue.tryPush(op))),
  ),
  command(
    "next",
    (model, op) => model.next(op),
    (queue) => queue.next().then(({ done, value }) => (done === true ? "done" : `item ${value}`)),
  ),
];

const endings = [
  command(
    "close",
    (model) => model.end(false),
    (queue) => {
      queue.close();
      return undefined;
    },
  ),
  command(
    "fail",
    (model) => model.end(true),
    (queue) => {
      queue.fail("failure");
      return undefined;
    },
  ),
];

test("behaves like its description under any sequence of operations", async () => {
  // Mostly operations: a queue that ended does little that could go wrong.
  const mix = [...operations, ...operations, ...operations, ...operations, ...endings];
  const alike = fc.asyncProperty(
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom<OverflowPolicy>("block", "drop-oldest", "drop-newest", "error"),
    fc.commands(
      mix.map((one) => fc.constant(one)),
      { maxCommands: 60, size: "max" },
    ),
    async (capacity, overflow, steps) => {
      const setup = (): { model: Model; real: Real } => ({
        model: new Model(capacity, overflow),
        real: { queue: new AsyncQueue({ capacity, overflow }), outcomes: new Map(), ops: 0 },
      });
      await fc.asyncModelRun(setup, steps);
    },
  );
  await expect(fc.assert(alike, { numRuns: 200 })).resolves.toBeUndefined();
});
