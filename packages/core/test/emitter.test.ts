import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import { Emitter } from "../src/index.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

/** An emitter with what it reported. */
function emitter(): { emitter: Emitter<number>; errors: unknown[] } {
  const errors: unknown[] = [];
  return { emitter: new Emitter<number>((error) => errors.push(error)), errors };
}

describe("Emitter", () => {
  test("calls listeners in the order of subscription until they are disposed", () => {
    const { emitter: event } = emitter();
    const seen: string[] = [];
    const first = event.on((n) => seen.push(`first ${n}`));
    event.on((n) => seen.push(`second ${n}`));
    event.emit(1);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    event.emit(2);
    expect(seen).toEqual(["first 1", "second 1", "second 2"]);
    expect(event.size).toBe(1);
  });

  test("reports what a listener throws and goes on with the others", () => {
    const { emitter: event, errors } = emitter();
    const seen: number[] = [];
    const failure = new Error("listener");
    event.on(() => {
      throw failure;
    });
    event.on((n) => seen.push(n));
    event.emit(7);
    expect(seen).toEqual([7]);
    expect(errors).toEqual([failure]);
  });

  test("lets changes during an emit count from the next", () => {
    const { emitter: event } = emitter();
    const seen: string[] = [];
    const remove: (() => void)[] = [];
    event.on(() => {
      if (seen.length === 0) {
        event.on(() => seen.push("added"));
        remove[0]?.();
      }
      seen.push("first");
    });
    const second = event.on(() => seen.push("removed"));
    remove.push(() => second[Symbol.dispose]());
    event.emit(1);
    expect(seen).toEqual(["first", "removed"]);
    event.emit(2);
    expect(seen.slice(2)).toEqual(["first", "added"]);
  });

  test("counts two subscriptions of one function as two", () => {
    const { emitter: event } = emitter();
    let calls = 0;
    const listener = (): void => void calls++;
    event.on(listener)[Symbol.dispose]();
    const one = event.on(listener);
    event.on(listener);
    event.emit(1);
    expect(calls).toBe(2);
    one[Symbol.dispose]();
    event.emit(2);
    expect(calls).toBe(3);
  });

  test("ends a subscription with its signal and leaves nothing on it", () => {
    const { emitter: event } = emitter();
    const seen: number[] = [];
    const controller = new AbortController();
    event.on((n) => seen.push(n), { signal: controller.signal });
    event.on((n) => seen.push(n), { signal: AbortSignal.abort() });
    expect(event.size).toBe(1);
    controller.abort();
    event.emit(1);
    expect([seen, event.size, listeners(controller.signal)]).toEqual([[], 0, 0]);
  });

  test("lets go of signals when disposed and when cleared", () => {
    const { emitter: event } = emitter();
    const { signal } = new AbortController();
    event.on(() => {}, { signal })[Symbol.dispose]();
    event.on(() => {}, { signal });
    event.on(() => {});
    event.clear();
    expect([event.size, listeners(signal)]).toEqual([0, 0]);
  });

  test("can be handed out as a bound function", () => {
    const { emitter: event } = emitter();
    const { on } = event;
    const seen: number[] = [];
    on((n) => seen.push(n));
    event.emit(3);
    expect(seen).toEqual([3]);
  });
});
