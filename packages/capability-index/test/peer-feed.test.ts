import { silentLogger } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { type MessageStream, type Peer, TransportError } from "@selvage/transport";
import { expect, test } from "vitest";

import { CapabilityIndex } from "../src/index.ts";
import { PeerFeed } from "../src/spreading/peer-feed.ts";
import { decodeAnnouncementBody, decodeSignedAnnouncement } from "../src/wire/announcement.gen.ts";
import { announce, bootId, identity } from "./fixtures.ts";

/** A feed of which each message waits until the test lets it leave. */
function bench(): {
  readonly clock: ManualClock;
  readonly index: CapabilityIndex;
  readonly feed: PeerFeed;
  /** Versions in the order in which they were handed over. */
  readonly sent: number[];
  readonly streams: () => number;
  leave(): Promise<void>;
  fail(): Promise<void>;
} {
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock });
  const sent: number[] = [];
  let streams = 0;
  let release: () => void = () => {};
  let fail: (error: TransportError) => void = () => {};
  const stream = {
    onFailure: (fn: (error: TransportError) => void) => {
      fail = fn;
    },
    sendBlocking: (message: Uint8Array): Promise<void> => {
      const { body } = decodeSignedAnnouncement(message);
      sent.push(decodeAnnouncementBody(body).version);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    end: () => {},
  } as MessageStream;
  const { nodeId, entityId } = identity(9);
  const peer: Peer = {
    nodeId,
    entityId,
    bootId: bootId(9),
    state: "responsive",
    isGoingAway: false,
    address: "10.0.0.9:7000",
    addresses: [],
    rttMs: 1,
    isRelayed: false,
    stats: () => ({}) as ReturnType<Peer["stats"]>,
    openStream: () => {
      streams++;
      return stream;
    },
  };
  const feed = new PeerFeed(peer, index, clock, silentLogger);
  const settle = async (): Promise<void> => await clock.advance(0);
  return {
    clock,
    index,
    feed,
    sent,
    streams: () => streams,
    leave: async () => {
      release();
      await settle();
    },
    fail: async () => {
      fail(new TransportError("session-lost", "gone"));
      await settle();
    },
  };
}

test("what changes while it is being sent is sent again", async () => {
  const { index, feed, sent, leave } = bench();
  const { nodeId } = identity(1);
  index.apply(announce(1, { version: 1 }));
  feed.push(nodeId);
  await leave();
  expect(sent).toEqual([1]);
  index.apply(announce(1, { version: 2 }));
  feed.push(nodeId);
  index.apply(announce(1, { version: 3 }));
  feed.push(nodeId);
  await leave();
  await leave();
  expect(sent).toEqual([1, 3]);
});

test("what is being sent counts as not yet flushed", async () => {
  const { index, feed, leave } = bench();
  index.apply(announce(1));
  feed.push(identity(1).nodeId);
  await leave();
  let flushed = false;
  void feed.flushed().then(() => (flushed = true));
  await Promise.resolve();
  expect(flushed).toBe(false);
  await leave();
  expect(flushed).toBe(true);
});

test("a feed whose stream failed while it waited for news is opened again, and tells all", async () => {
  const { clock, index, feed, sent, streams, leave, fail } = bench();
  index.apply(announce(1));
  feed.push(identity(1).nodeId);
  await leave();
  await leave();
  await fail();
  await clock.advance(5_000);
  expect([streams(), sent]).toEqual([2, [1, 1]]);
  await leave();
  await feed.flushed();
  feed[Symbol.dispose]();
  await clock.advance(0);
  expect(clock.pending).toBe(0);
});
