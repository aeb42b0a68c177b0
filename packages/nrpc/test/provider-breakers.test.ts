import { Emitter, type NodeId } from "@selvage/core";
import { ManualClock, seededRandom } from "@selvage/testing";
import type { Peer, PeerEvent, PeerState } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import { breakerVerdict } from "../src/client/failure-table.ts";
import { ProviderBreakers } from "../src/selection/provider-breakers.ts";
import { provider } from "./providers.ts";

const { nodeId } = provider(1);
const other = provider(2).nodeId;

function bench(): {
  readonly clock: ManualClock;
  readonly breakers: ProviderBreakers;
  /** What the provider's session is like. */
  readonly peer: { state: PeerState; bootId: string };
  tell(type: PeerEvent["type"]): void;
  /** Makes attempts one after the other that end so. */
  end(outcome: string, times?: number): void;
  /** Whether a call may be made now, without making it. */
  isOpen(of?: NodeId): boolean;
} {
  const clock = new ManualClock();
  const events = new Emitter<PeerEvent>((error) => {
    throw error;
  });
  const peer = { nodeId, state: "responsive" as PeerState, bootId: "a" };
  const breakers = new ProviderBreakers({
    clock,
    random: seededRandom(1),
    transport: { onPeer: events.on, peer: (id) => (id === nodeId ? (peer as Peer) : undefined) },
    bootIdOf: () => peer.bootId,
    verdictOf: breakerVerdict,
  });
  return {
    clock,
    breakers,
    peer,
    tell: (type) => events.emit({ type, peer, reason: "" } as PeerEvent),
    end: (outcome, times = 1) => {
      for (let i = 0; i < times; i++) {
        breakers.ended("greet", nodeId, outcome, breakers.admit("greet", nodeId, 1_000));
      }
    },
    isOpen: (of = nodeId) => breakers.isOpen("greet", of),
  };
}

/** Lets time pass until a call may be made; answers how long that took. */
async function openMs({ clock, isOpen }: ReturnType<typeof bench>): Promise<number> {
  const start = clock.now();
  while (isOpen()) await clock.advance(10);
  return clock.now() - start;
}

describe("the breaker of a service at a provider", () => {
  test("opens at the fifth failure in a row, for that service at that provider", () => {
    const { breakers, end, isOpen } = bench();
    end("internal", 4);
    expect(isOpen()).toBe(false);
    end("timeout");
    expect([isOpen(), isOpen(other), breakers.isOpen("other", nodeId)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("counts from the beginning after any answer", () => {
    const { end, isOpen } = bench();
    for (const answer of ["ok", "application"]) {
      end("internal", 4);
      end(answer);
    }
    end("internal", 4);
    expect(isOpen()).toBe(false);
  });

  test("takes no notice of refusals, losses and what was cancelled", () => {
    const { end, isOpen } = bench();
    for (const outcome of ["backpressure", "unavailable", "draining", "cancelled", "denied"]) {
      end(outcome, 9);
    }
    end("internal", 4);
    end("cancelled");
    end("internal");
    expect(isOpen()).toBe(true);
  });

  test("takes no notice of time that ran out while the provider was silent", () => {
    const { peer, end, isOpen } = bench();
    peer.state = "unresponsive";
    end("timeout", 9);
    expect(isOpen()).toBe(false);
  });

  test("is open for a second, then twice as long each time, up to half a minute", async () => {
    const self = bench();
    self.end("internal", 5);
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      times.push(await openMs(self));
      self.end("internal");
    }
    for (const [n, ms] of times.entries()) {
      const exact = 1_000 * 2 ** n;
      expect(ms).toBeGreaterThanOrEqual(Math.min(30_000, exact * 0.8) - 10);
      expect(ms).toBeLessThanOrEqual(Math.min(30_000, exact * 1.2) + 10);
    }
  });

  test("lets exactly one call through when its time is over, and closes if that is answered", async () => {
    const self = bench();
    const { breakers, end, isOpen } = self;
    end("internal", 5);
    await openMs(self);
    const probe = breakers.admit("greet", nodeId, 500);
    expect(probe?.isProbe).toBe(true);
    expect(isOpen()).toBe(true);
    expect(breakers.leastRecentlyFailed("greet", [provider(1)])).toBeUndefined();
    breakers.ended("greet", nodeId, "ok", probe);
    expect(isOpen()).toBe(false);
  });

  test("frees the place of a probe that was cancelled; one that takes too long has failed", async () => {
    const self = bench();
    const { clock, breakers, end, isOpen } = self;
    end("internal", 5);
    await openMs(self);
    breakers.ended("greet", nodeId, "cancelled", breakers.admit("greet", nodeId, 500));
    expect(isOpen()).toBe(false);
    breakers.admit("greet", nodeId, 500);
    expect(isOpen()).toBe(true);
    await clock.advance(500);
    expect(isOpen()).toBe(true);
    expect(await openMs(self)).toBeGreaterThan(1_000);
    breakers.ended("greet", nodeId, "ok", breakers.admit("greet", nodeId, 500));
    expect(breakers.stateOf("greet", nodeId)).toEqual({ state: "closed", retryAfterMs: 0 });
  });

  test("lets one call at a time through before its time, if there is nobody else", async () => {
    const { clock, breakers, end, isOpen } = bench();
    const [one, two] = [provider(1), provider(2)];
    end("internal", 5);
    await clock.advance(100);
    for (let i = 0; i < 5; i++) breakers.ended("greet", other, "internal", undefined);
    const next = (): unknown => breakers.leastRecentlyFailed("greet", [two, one]);
    expect(next()).toBe(one);
    const first = breakers.admit("greet", nodeId, 500);
    expect(next()).toBe(two);
    const second = breakers.admit("greet", other, 500);
    expect(next()).toBeUndefined();
    breakers.ended("greet", nodeId, "internal", first);
    expect(isOpen()).toBe(true);
    expect(next()).toBe(one);
    // The second one never comes back.
    await clock.advance(500);
    breakers.admit("greet", nodeId, 500);
    expect(next()).toBe(two);
    breakers.ended("greet", other, "ok", second);
    expect(isOpen(other)).toBe(false);
  });

  test("does not hear results of calls that began before it opened", async () => {
    const self = bench();
    const { breakers, end, isOpen } = self;
    const early = [breakers.admit("greet", nodeId, 9), breakers.admit("greet", nodeId, 9)];
    end("internal");
    const watched = breakers.admit("greet", nodeId, 9);
    end("internal", 4);
    await openMs(self);
    const probe = breakers.admit("greet", nodeId, 9_000);
    for (const lease of [...early, watched]) {
      breakers.ended("greet", nodeId, "ok", lease);
      breakers.ended("greet", nodeId, "internal", lease);
    }
    expect(isOpen()).toBe(true);
    breakers.ended("greet", nodeId, "ok", probe);
    expect(isOpen()).toBe(false);
  });

  test("is forgotten when the provider is a new process, or back from out of reach", () => {
    const { peer, end, isOpen, tell } = bench();
    end("internal", 5);
    peer.bootId = "b";
    expect(isOpen()).toBe(false);
    end("internal", 5);
    expect(isOpen()).toBe(true);
    tell("responsive");
    expect(isOpen()).toBe(true);
    tell("recovered");
    expect(isOpen()).toBe(false);
  });
});

test("a bounded number of breakers is kept, the latest", () => {
  const { breakers, end, isOpen } = bench();
  end("internal", 5);
  const last = (4_999).toString(16).padStart(32, "0") as NodeId;
  for (let n = 0; n < 5_000; n++) {
    const id = n.toString(16).padStart(32, "0") as NodeId;
    for (let i = 0; i < 5; i++) breakers.ended("greet", id, "internal", undefined);
  }
  expect([isOpen(), isOpen(last)]).toEqual([false, true]);
});

test("nothing is left after disposal", () => {
  const { breakers, end, isOpen } = bench();
  end("internal", 5);
  breakers[Symbol.dispose]();
  expect(isOpen()).toBe(false);
});
