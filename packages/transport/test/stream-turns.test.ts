import { expect, test } from "vitest";

import { StreamTurns } from "../src/session/stream-turns.ts";
import { Stream } from "../src/stream/stream.ts";
import { recordingHost } from "./stream-bench.ts";

const stream = (id: number, priority: number): Stream =>
  new Stream(recordingHost().host, { id, sendLimit: 1_000, protocol: 1, priority });

/** Takes one stream per packet and puts it back, as if it had more to send. */
function packets(turns: StreamTurns, count: number): number[] {
  return Array.from({ length: count }, () => {
    turns.beginPacket();
    const taken = turns.take();
    if (taken !== undefined) turns.add(taken);
    return taken?.id ?? -1;
  });
}

test("streams of one urgency take turns", () => {
  const turns = new StreamTurns();
  for (const id of [1, 3, 5]) turns.add(stream(id, 3));
  expect(packets(turns, 7)).toEqual([1, 3, 5, 1, 3, 5, 1]);
});

test("a more urgent stream goes first, however late it comes", () => {
  const turns = new StreamTurns();
  turns.add(stream(1, 7));
  turns.add(stream(3, 3));
  expect(packets(turns, 2)).toEqual([3, 3]);
  turns.add(stream(5, 0));
  expect(packets(turns, 3)).toEqual([5, 5, 5]);
});

test("the least urgent begins one packet in sixteen, so that it does not starve", () => {
  const turns = new StreamTurns();
  turns.add(stream(1, 0));
  turns.add(stream(3, 5));
  turns.add(stream(5, 7));
  const begun = packets(turns, 160);
  expect(begun.filter((id) => id === 5)).toHaveLength(10);
  expect(begun.filter((id) => id === 3)).toHaveLength(0);
});

test("a priority that changes while a stream waits counts from then on", () => {
  const turns = new StreamTurns();
  const host = recordingHost({ onPriority: (changed, from) => turns.onPriority(changed, from) });
  const parts = { sendLimit: 1_000, protocol: 1 };
  const second = new Stream(host.host, { ...parts, id: 3 });
  turns.add(new Stream(host.host, { ...parts, id: 1 }));
  turns.add(second);
  second.priority = 1;
  expect(packets(turns, 3)).toEqual([3, 3, 3]);
  second.priority = 6;
  expect(packets(turns, 3)).toEqual([1, 1, 1]);
});

test("whose message did not fit comes first in the next packet", () => {
  const turns = new StreamTurns();
  for (const id of [1, 3, 5]) turns.add(stream(id, 3));
  const unfit = [turns.take()!, turns.take()!];
  turns.putBack(unfit);
  expect(packets(turns, 3)).toEqual([1, 3, 5]);
});

test("a stream waits once, however often it is added, and nothing is taken of nothing", () => {
  const turns = new StreamTurns();
  const only = stream(1, 3);
  turns.add(only);
  turns.add(only);
  expect([turns.take(), turns.take(), turns.isEmpty]).toEqual([only, undefined, true]);
});

test.each([-1, 8, 1.5, Number.NaN])("%d is no priority", (priority) => {
  expect(() => stream(1, priority)).toThrow(/^priority must be a whole number from 0 to 7/);
  const open = stream(1, 3);
  expect(() => (open.priority = priority)).toThrow(RangeError);
  expect(open.priority).toBe(3);
});
