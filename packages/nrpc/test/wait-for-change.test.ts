import { getEventListeners } from "node:events";

import { CapabilityIndex } from "@selvage/capability-index";
import { Emitter } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import type { PeerEvent } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import { WaitForChange } from "../src/client/wait-for-change.ts";
import { Directory } from "../src/index.ts";
import { provider } from "./providers.ts";

function rethrow(error: unknown): never {
  throw error;
}

function bench(): {
  readonly clock: ManualClock;
  readonly changes: WaitForChange;
  readonly peers: Emitter<PeerEvent>;
  readonly giveUp: AbortController;
  /** How long a wait takes from now, in milliseconds. */
  waitMs(times: number): Promise<number>;
} {
  const clock = new ManualClock();
  const peers = new Emitter<PeerEvent>(rethrow);
  const directory = new Directory(new CapabilityIndex({ clock }), provider(1).nodeId, rethrow);
  const changes = new WaitForChange(clock, { onPeer: peers.on }, directory);
  const giveUp = new AbortController();
  return {
    clock,
    changes,
    peers,
    giveUp,
    waitMs: async (times) => {
      const before = clock.now();
      let over = false;
      const wait = changes.wait(times, giveUp.signal).then(() => (over = true));
      await clock.runUntil(() => over);
      await wait;
      return clock.now() - before;
    },
  };
}

const someEvent = { type: "responsive" } as PeerEvent;

describe("waiting for a change", () => {
  test("without one is short at first and never long", async () => {
    const { waitMs } = bench();
    const waits: number[] = [];
    for (const times of [0, 1, 2, 3, 4, 1_000]) waits.push(await waitMs(times));
    expect(waits).toEqual([25, 50, 100, 200, 250, 250]);
  });

  test("ends at the first event about any peer", async () => {
    const { clock, peers, waitMs } = bench();
    clock.setTimeout(() => peers.emit(someEvent), 7);
    expect(await waitMs(9)).toBe(7);
    expect(await waitMs(0)).toBe(25);
  });

  test("rejects with the signal's reason, before and during", async () => {
    const { changes, giveUp } = bench();
    const { signal } = giveUp;
    const wait = changes.wait(0, signal);
    giveUp.abort("enough");
    await expect(wait).rejects.toBe("enough");
    await expect(changes.wait(0, signal)).rejects.toBe("enough");
  });

  test("ends as closed when the client is closed, and later waits do not begin", async () => {
    const { clock, changes, giveUp } = bench();
    const wait = changes.wait(0, giveUp.signal).catch((error: unknown) => error);
    changes[Symbol.dispose]();
    expect(await wait).toMatchObject({ kind: "closed", delivered: "never" });
    await expect(changes.wait(0, giveUp.signal)).rejects.toMatchObject({ kind: "closed" });
    expect(clock.pending).toBe(0);
    expect(getEventListeners(giveUp.signal, "abort")).toHaveLength(0);
  });

  test.each(["change", "time", "abort"])("leaves nothing behind after %s", async (how) => {
    const { clock, changes, peers, giveUp } = bench();
    const wait = changes.wait(0, giveUp.signal).catch(() => {});
    if (how === "change") peers.emit(someEvent);
    if (how === "time") await clock.advance(25);
    if (how === "abort") giveUp.abort();
    await wait;
    expect(clock.pending).toBe(0);
    expect(getEventListeners(giveUp.signal, "abort")).toHaveLength(0);
  });
});

describe("listening for changes", () => {
  test("hears each until disposed, also when a listener leaves while told", () => {
    const { changes, peers } = bench();
    const heard: string[] = [];
    const first = changes.on(() => {
      heard.push("first");
      first[Symbol.dispose]();
    });
    changes.on(() => heard.push("second"));
    peers.emit(someEvent);
    peers.emit(someEvent);
    expect(heard).toEqual(["first", "second", "second"]);
  });

  test("is over when disposed as a whole", () => {
    const { changes, peers } = bench();
    let heard = 0;
    changes.on(() => heard++);
    changes[Symbol.dispose]();
    peers.emit(someEvent);
    expect([heard, peers.size]).toEqual([0, 0]);
  });
});
