import { getEventListeners } from "node:events";

import { deferred, type Deferred, type NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import type { Peer, Transport } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import { raceSessions } from "../src/client/session-race.ts";
import { DEFAULT_RACE_DELAY_MS, type Provider } from "../src/index.ts";
import { provider } from "./providers.ts";

const [one, two, three] = [provider(1), provider(2), provider(3)];

/** A session with a provider. */
const sessionWith = (
  { nodeId }: Provider,
  now: Partial<Pick<Peer, "state" | "isGoingAway">> = {},
): Peer => ({ nodeId, state: "responsive", isGoingAway: false, ...now }) as Peer;

/** A race whose handshakes end when the test says so. */
function bench(standing: readonly Peer[] = []): {
  readonly clock: ManualClock;
  readonly giveUp: AbortController;
  readonly unreachable: readonly NodeId[];
  /** Addresses dialled so far. */
  readonly dialled: readonly string[];
  race(...providers: Provider[]): Promise<unknown>;
  answer(provider: Provider): void;
  refuse(address?: string): void;
} {
  const clock = new ManualClock();
  const giveUp = new AbortController();
  const unreachable: NodeId[] = [];
  const dials = new Map<string, Deferred<Peer>>();
  const transport = {
    peer: (nodeId) => standing.find((peer) => peer.nodeId === nodeId),
    connect: ({ address = "through relays" }) => {
      const dial = deferred<Peer>();
      dials.set(address, dial);
      return dial.promise;
    },
  } as Transport;
  const onUnreachable = (nodeId: NodeId): void => void unreachable.push(nodeId);
  return {
    clock,
    giveUp,
    unreachable,
    get dialled() {
      return [...dials.keys()];
    },
    race: (...providers) =>
      raceSessions({ transport, clock, onUnreachable }, "greet", providers, giveUp.signal).catch(
        (error: unknown) => error,
      ),
    answer: (winner) => dials.get(winner.addresses[0] ?? "")?.resolve(sessionWith(winner)),
    refuse: (address = "") => dials.get(address)?.reject(new Error("nobody there")),
  };
}

const addressOf = ({ addresses }: Provider): string | undefined => addresses[0];

describe("a session that stands", () => {
  test("is taken at once, and nobody is dialled", async () => {
    const standing = sessionWith(one);
    const { race, dialled } = bench([standing]);
    expect(await race(one, two)).toBe(standing);
    expect(dialled).toEqual([]);
  });

  test.each([{ state: "failed" }, { isGoingAway: true }] as const)(
    "is not taken when %j",
    async (now) => {
      const self = bench([sessionWith(one, now)]);
      const race = self.race(one);
      await self.clock.advance(0);
      self.answer(one);
      expect(await race).toEqual(sessionWith(one));
    },
  );

  test("is taken instead of a slow handshake with a better one", async () => {
    const standing = sessionWith(two);
    const self = bench([standing]);
    const race = self.race(one, two);
    await self.clock.advance(DEFAULT_RACE_DELAY_MS);
    expect(await race).toBe(standing);
    expect(self.unreachable).toEqual([]);
  });
});

describe("handshakes", () => {
  test("start one after the other while none has ended, and the first session wins", async () => {
    const self = bench();
    const race = self.race(one, two, three);
    await self.clock.advance(DEFAULT_RACE_DELAY_MS - 1);
    expect(self.dialled).toEqual([addressOf(one)]);
    await self.clock.advance(1);
    expect(self.dialled).toEqual([addressOf(one), addressOf(two)]);
    self.answer(two);
    expect(await race).toEqual(sessionWith(two));
    await self.clock.advance(1_000);
    expect(self.dialled).toHaveLength(2);
  });

  test("that fail make room for the next at once, and are told", async () => {
    const self = bench();
    const race = self.race(one, two);
    await self.clock.advance(5);
    self.refuse(addressOf(one));
    await self.clock.advance(0);
    expect([self.clock.now(), self.dialled]).toEqual([5, [addressOf(one), addressOf(two)]]);
    expect(self.unreachable).toEqual([one.nodeId]);
    self.answer(two);
    expect(await race).toEqual(sessionWith(two));
  });

  test("try every address of a provider before they give up on it", async () => {
    const self = bench();
    const race = self.race({ ...one, addresses: ["a:1", "b:1"] });
    await self.clock.advance(0);
    self.refuse("a:1");
    await self.clock.advance(0);
    expect([self.dialled, self.unreachable]).toEqual([["a:1", "b:1"], []]);
    self.refuse("b:1");
    expect(await race).toMatchObject({ kind: "no-route", delivered: "never" });
    expect(self.unreachable).toEqual([one.nodeId]);
  });

  test("go on when all have started, until the last one has failed", async () => {
    const self = bench();
    const race = self.race(one, two);
    await self.clock.advance(60_000);
    self.refuse(addressOf(two));
    await self.clock.advance(60_000);
    self.answer(one);
    expect(await race).toEqual(sessionWith(one));
  });
});

test("a race among nobody finds nobody", async () => {
  expect(await bench().race()).toMatchObject({ kind: "no-route", delivered: "never" });
});

test.each(["before", "during"])("an abort %s the race ends it with its reason", async (when) => {
  const self = bench();
  if (when === "before") self.giveUp.abort("enough");
  const race = self.race(one, two);
  await self.clock.advance(10);
  self.giveUp.abort("enough");
  expect(await race).toBe("enough");
  expect(self.dialled).toHaveLength(when === "before" ? 0 : 1);
});

test("a race that is over leaves neither timer nor listener", async () => {
  const self = bench();
  const race = self.race(one, two);
  await self.clock.advance(150);
  self.answer(one);
  await race;
  expect(self.clock.pending).toBe(0);
  expect(getEventListeners(self.giveUp.signal, "abort")).toHaveLength(0);
});
