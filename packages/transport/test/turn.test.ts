import { AsyncLocalStorage } from "node:async_hooks";

import { systemClock } from "@selvage/core";
import { expect, test } from "vitest";

import type { Session } from "../src/session/session.ts";
import { Turn } from "../src/turn.ts";
import { incomingStream } from "./stream-bench.ts";

test("handlers run apart from whatever else began the turn", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const session: Partial<Session> = { flushQueued: false, flush: () => {} };
  const turn = new Turn(systemClock, () => seen.push(storage.getStore()));
  storage.run("a caller", () => {
    turn.wantsFlush(session as Session);
    turn.onIncoming(incomingStream(0));
  });
  await expect.poll(() => seen).toEqual([undefined]);
});

test("what a handler says at once leaves before the event loop goes on", async () => {
  const log: string[] = [];
  const session: Partial<Session> = { flushQueued: false, flush: () => log.push("flushed") };
  const answer = async (): Promise<void> => {
    log.push("handler");
    systemClock.endOfTurn(() => log.push("next turn"));
    await Promise.resolve();
    log.push("answer");
    turn.wantsFlush(session as Session);
  };
  const turn = new Turn(systemClock, () => void answer());
  turn.onIncoming(incomingStream(0));
  expect(log).toEqual([]);
  await expect.poll(() => log).toHaveLength(4);
  expect(log).toEqual(["handler", "answer", "flushed", "next turn"]);
});
