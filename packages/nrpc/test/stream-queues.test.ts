import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { type StreamOpener, StreamQueues } from "../src/client/stream-queues.ts";
import { provider } from "./providers.ts";

const { nodeId } = provider(1);

/** A provider that takes so many streams, and calls that want one. */
function bench(room = 0) {
  const clock = new ManualClock();
  const queues = new StreamQueues(clock);
  const opened: number[] = [];
  const passed: number[] = [];
  const provided = { room };
  const given = new Set<number>();
  let tries = 0;
  return {
    clock,
    queues,
    /** Who got a stream, in order. */
    opened,
    /** Whose wait is over, with or without one. */
    passed,
    provided,
    get tries() {
      return tries;
    },
    giveUp: (n: number) => void given.add(n),
    ask: (n: number): void => {
      const opener: StreamOpener = {
        get isAborted() {
          return given.has(n);
        },
        tryOpen: () => {
          tries++;
          if (provided.room === 0) return false;
          provided.room--;
          opened.push(n);
          return true;
        },
      };
      void queues.open(nodeId, opener).then(() => passed.push(n));
    },
  };
}

describe("a call that wants a stream", () => {
  test("has it at once if there is room", async () => {
    const { clock, ask, passed, queues } = bench(2);
    ask(1);
    await clock.advance(0);
    expect([passed, queues.isBusy(nodeId), clock.pending]).toEqual([[1], false, 0]);
  });

  test("waits for room, behind those who came earlier", async () => {
    const self = bench();
    const { clock, ask, opened, provided, queues } = self;
    for (const n of [1, 2, 3]) ask(n);
    expect(queues.isBusy(nodeId)).toBe(true);
    provided.room = 2;
    ask(4);
    expect(opened).toEqual([]);
    await clock.advance(5);
    expect(opened).toEqual([1, 2]);
    provided.room = 9;
    queues.ended(nodeId);
    expect(opened).toEqual([1, 2, 3, 4]);
    await clock.advance(0);
    expect([self.passed, queues.isBusy(nodeId)]).toEqual([[1, 2, 3, 4], false]);
    await clock.advance(5);
    expect(clock.pending).toBe(0);
  });

  test("is let go when it was given up, wherever it stands, and takes no stream", async () => {
    const { clock, ask, opened, passed, giveUp } = bench();
    for (const n of [1, 2, 3]) ask(n);
    giveUp(2);
    await clock.advance(5);
    expect([opened, passed]).toEqual([[], [2]]);
    giveUp(9);
    ask(9);
    await clock.advance(0);
    expect([opened, passed]).toEqual([[], [2, 9]]);
  });

  test("costs one try for all that wait", async () => {
    const self = bench();
    for (let n = 0; n < 100; n++) self.ask(n);
    const before = self.tries;
    await self.clock.advance(5);
    expect(self.tries - before).toBe(1);
  });

  test("does not wait where too many do", async () => {
    const { clock, ask, passed } = bench();
    for (let n = 0; n <= 4_096; n++) ask(n);
    await clock.advance(0);
    expect(passed).toEqual([4_096]);
  });
});

test("at the end everybody is let go, and no timer is left", async () => {
  const { clock, queues, ask, passed, opened } = bench();
  for (const n of [1, 2]) ask(n);
  queues[Symbol.dispose]();
  await clock.advance(0);
  expect([passed, opened, clock.pending]).toEqual([[1, 2], [], 0]);
});
