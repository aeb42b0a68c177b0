import { describe, expect, test } from "vitest";

import { StandingQueue } from "../src/recovery/standing-queue.ts";

/** Feeds a queue detector with one packet per millisecond, ten in flight. */
class Feed {
  readonly #queue: StandingQueue;
  readonly #peerLoopDelayMs: number;
  #number = 0;
  now = 0;

  constructor({ ownLoopDelayMs = 0, peerLoopDelayMs = 0 } = {}) {
    this.#queue = new StandingQueue(() => ownLoopDelayMs);
    this.#peerLoopDelayMs = peerLoopDelayMs;
  }

  /** Takes `count` round trips; answers the shares to which the window was to shrink. */
  trips(count: number, rttMs: (at: number) => number, limited = true): number[] {
    const shares: number[] = [];
    for (let i = 0; i < count; i++) {
      this.now++;
      const share = this.#queue.sample(this.now, {
        rttMs: rttMs(i),
        number: this.#number,
        newest: this.#number + 10,
        limited,
        peerLoopDelayMs: this.#peerLoopDelayMs,
      });
      this.#number++;
      if (share !== undefined) shares.push(share);
    }
    return shares;
  }
}

describe("a queue on the path", () => {
  test("that stands for a whole round makes the window shrink to what the path holds", () => {
    const feed = new Feed();
    expect(feed.trips(50, () => 6)).toEqual([]);
    expect(feed.trips(30, () => 24)[0]).toBe(0.25);
  });

  test("is given a round to drain before it is judged again", () => {
    const feed = new Feed();
    feed.trips(50, () => 6);
    expect(feed.trips(46, () => 24)).toHaveLength(2);
  });

  test("of some milliseconds, or of half a long round trip, is none", () => {
    expect(new Feed().trips(300, (at) => (at < 50 ? 1 : 6))).toEqual([]);
    expect(new Feed().trips(300, (at) => (at < 50 ? 100 : 149))).toEqual([]);
    expect(new Feed().trips(300, (at) => (at < 50 ? 100 : 151))).not.toEqual([]);
  });

  test("is not seen in jitter, of which a round's shortest trip has none", () => {
    expect(new Feed().trips(1_000, (at) => (at % 4 === 0 ? 5 : 60))).toEqual([]);
  });

  test("is not ours while the window holds nothing back", () => {
    const feed = new Feed();
    feed.trips(50, () => 6);
    expect(feed.trips(300, () => 24, false)).toEqual([]);
  });

  test("is not what late event loops add", () => {
    for (const late of [{ ownLoopDelayMs: 20 }, { peerLoopDelayMs: 20 }]) {
      const feed = new Feed(late);
      feed.trips(50, () => 6);
      expect(feed.trips(200, () => 30)).toEqual([]);
      expect(feed.trips(200, () => 32)).not.toEqual([]);
    }
  });

  test("that never drains is taken for part of the path before long", () => {
    const feed = new Feed();
    feed.trips(50, () => 6);
    feed.trips(11_000, () => 24);
    expect(feed.trips(1_000, () => 24)).toEqual([]);
  });
});
