import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  CapabilityIndex,
  type CapabilityIndexConfig,
  type CapabilityQuery,
  SubnetPolicy,
  type WatchOptions,
} from "../../src/index.ts";
import { Follower } from "./follower.ts";
import { plainAnnouncement, plainNodeId } from "./plain-announcement.ts";

const numberOf = (nodeId: NodeId): number =>
  Array.from({ length: 600 }, (_, n) => plainNodeId(n)).indexOf(nodeId);

function createWorld(config?: CapabilityIndexConfig) {
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock }, config);
  return {
    clock,
    index,
    apply: (...parameters: Parameters<typeof plainAnnouncement>) =>
      index.apply(plainAnnouncement(...parameters)),
    follow: (query?: CapabilityQuery, options?: WatchOptions) =>
      new Follower(index.watch(query, options), numberOf),
  };
}

/** The numbers in the order of their node ids. */
const inOrder = (...numbers: readonly number[]): number[] =>
  numbers.toSorted((a, b) => (plainNodeId(a) < plainNodeId(b) ? -1 : 1));

describe("a live query", () => {
  test("tells what there is, then that this was all, then what changes", async () => {
    const { apply, follow } = createWorld();
    apply(1, { tags: ["a"] });
    apply(2, { tags: ["b"] });
    apply(3, { tags: ["a"] });
    const follower = follow({ tags: ["a"] });
    await follower.read(3);
    expect(follower.log).toEqual([...inOrder(1, 3).map((n) => `added ${n} v1`), "ready"]);
    follower.log.length = 0;
    apply(4, { tags: ["a"] });
    apply(4, { version: 2, tags: ["a"] });
    apply(5, { tags: ["b"] });
    apply(2, { version: 2, tags: ["a"] });
    apply(1, { version: 2, tags: ["b"] });
    apply(3, { version: 2, tombstone: true });
    await follower.read();
    expect(follower.log).toEqual(["added 4 v2", "added 2 v2", "removed 1 v1", "removed 3 v1"]);
  });

  test("tells a waiting reader at once", async () => {
    const { apply, follow } = createWorld();
    const follower = follow();
    await follower.read();
    for (const version of [1, 2, 3]) {
      apply(1, { version });
      await follower.read();
    }
    expect(follower.log).toEqual(["ready", "added 1 v1", "updated 1 v2", "updated 1 v3"]);
  });

  test("takes hiding for going and showing for coming", async () => {
    const { index, apply, follow } = createWorld();
    apply(1);
    const follower = follow();
    await follower.read();
    index.hide(plainNodeId(1));
    await follower.read();
    apply(1, { version: 2 });
    await follower.read();
    index.unhide(plainNodeId(1));
    await follower.read();
    expect(follower.log.slice(2)).toEqual(["removed 1 v1", "added 1 v2"]);
  });

  test("tells of expiry on time, without anybody asking", async () => {
    const { clock, index, apply, follow } = createWorld();
    const changes: string[] = [];
    index.onChange(({ type }) => changes.push(type));
    const follower = follow({ tags: ["a"] });
    await follower.read();
    apply(1, { ttlSeconds: 60, tags: ["a"] });
    apply(2, { ttlSeconds: 30, tags: ["a"], ageMs: 0.25 });
    apply(3, { ttlSeconds: 90 });
    await clock.advance(29_999);
    apply(1, { version: 2, ttlSeconds: 60, tags: ["a"] });
    await follower.read();
    follower.log.length = 0;
    await clock.advance(1);
    await follower.read();
    expect(follower.log).toEqual(["removed 2 v1"]);
    await clock.advance(59_998);
    await follower.read();
    expect(follower.entries).toHaveLength(1);
    await clock.advance(1);
    await follower.read();
    expect(follower.log).toEqual(["removed 2 v1", "removed 1 v2"]);
    expect(changes.filter((type) => type === "removed")).toHaveLength(2);
  });

  test("keeps a timer only as long as somebody watches", async () => {
    const { clock, apply, follow } = createWorld();
    apply(1);
    expect(clock.pending).toBe(0);
    const followers = [follow(), follow({ tags: ["a"] })];
    expect(clock.pending).toBe(1);
    await followers[0]?.stop();
    expect(clock.pending).toBe(1);
    await followers[1]?.stop();
    expect(clock.pending).toBe(0);
  });

  test("follows this node into another subnet", async () => {
    const policy = new SubnetPolicy([{ level: 1, values: { "lan:a": 1, "lan:b": 2 } }]);
    const { apply, follow } = createWorld({ subnets: { nodeId: plainNodeId(0), policy } });
    apply(0, { tags: ["lan:a"] });
    apply(1, { tags: ["lan:a"] });
    apply(2, { tags: ["lan:b"] });
    const follower = follow({ scope: { kind: "sameSubnet" } });
    await follower.read();
    expect(follower.entries.map(({ nodeId }) => numberOf(nodeId))).toEqual(inOrder(0, 1));
    follower.log.length = 0;
    apply(0, { version: 2, tags: ["lan:b"] });
    await follower.read();
    expect(follower.log.toSorted()).toEqual(["added 2 v1", "removed 1 v1", "updated 0 v2"]);
  });
});

describe("a slow reader", () => {
  test("begins with what there is when it begins to read", async () => {
    const { apply, follow } = createWorld();
    apply(1);
    const follower = follow();
    apply(1, { version: 2 });
    apply(2);
    apply(2, { version: 2, tombstone: true });
    await follower.read();
    expect(follower.log).toEqual(["added 1 v2", "ready"]);
  });

  test("hears what became of each node, and not how", async () => {
    const { apply, follow } = createWorld();
    for (const n of [1, 2, 3]) apply(n);
    const follower = follow();
    await follower.read(4);
    follower.log.length = 0;
    for (let version = 2; version < 100; version++) apply(1, { version });
    apply(2, { version: 2, tombstone: true });
    apply(3, { version: 2, tombstone: true });
    apply(3, { version: 3 });
    apply(4);
    apply(4, { version: 2, tombstone: true });
    await follower.read();
    expect(follower.log).toEqual(["updated 1 v99", "removed 2 v1", "updated 3 v3"]);
  });

  test("hears nothing of nodes that came and went meanwhile", async () => {
    const { apply, follow } = createWorld();
    const follower = follow();
    await follower.read(1);
    for (let n = 1; n < 500; n++) {
      apply(n);
      apply(n, { version: 2, tombstone: true });
    }
    apply(500);
    await follower.read();
    expect(follower.log).toEqual(["ready", "added 500 v1"]);
  });

  test("gets the beginning first, even if it changes while it is read", async () => {
    const { index, apply, follow } = createWorld();
    for (const n of [1, 2, 3]) apply(n);
    const [first = 0, second = 0, third = 0] = inOrder(1, 2, 3);
    const follower = follow();
    await follower.read(1);
    apply(first, { version: 2 });
    apply(second, { version: 2, tombstone: true });
    apply(4);
    index.hide(plainNodeId(4));
    apply(5);
    await follower.read();
    expect(follower.log).toEqual([
      `added ${first} v1`,
      `added ${third} v1`,
      "ready",
      `updated ${first} v2`,
      "added 5 v1",
    ]);
  });

  test("may read ahead, and is served in order", async () => {
    const { index, apply } = createWorld();
    const iterator = index.watch()[Symbol.asyncIterator]();
    const reads = Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    apply(1);
    apply(2);
    const types = (await reads).map(({ value }) => value?.type);
    expect(types).toEqual(["ready", "added", "added"]);
  });
});

describe("the end of a live query", () => {
  test("comes when its reader stops", async () => {
    const { index, apply } = createWorld();
    apply(1);
    for await (const { type } of index.watch()) {
      expect(index.stats().watchers).toBe(1);
      if (type === "ready") break;
    }
    expect(index.stats().watchers).toBe(0);
  });

  test("comes with the signal, also for a reader that waits", async () => {
    const { index, apply, follow } = createWorld();
    apply(1);
    const controller = new AbortController();
    const follower = follow({}, { signal: controller.signal });
    await follower.read();
    expect(follower.ended).toBe(false);
    controller.abort(new Error("enough"));
    await follower.read();
    expect(follower.ended).toBe(true);
    expect(index.stats().watchers).toBe(0);
  });

  test("is there at once if the signal has aborted", async () => {
    const { clock, index, apply, follow } = createWorld();
    apply(1);
    const follower = follow({}, { signal: AbortSignal.abort() });
    await follower.read();
    expect([follower.log, follower.ended]).toEqual([[], true]);
    expect([index.stats().watchers, clock.pending]).toEqual([0, 0]);
  });

  test("comes with the index's, whatever was not read yet", async () => {
    const { clock, index, apply, follow } = createWorld();
    apply(1);
    const followers = [follow(), follow(), follow({ tags: ["a"] })];
    await followers[1]?.read(1);
    await followers[2]?.read();
    index[Symbol.dispose]();
    followers.push(follow());
    for (const follower of followers) {
      await follower.read();
      expect(follower.ended).toBe(true);
    }
    expect([index.stats().watchers, clock.pending]).toEqual([0, 0]);
    expect(index.find()).toHaveLength(1);
  });

  test("makes room for another where there are as many as allowed", async () => {
    const { follow } = createWorld({ maxWatchers: 2 });
    const first = follow();
    follow({ tags: ["a"] });
    expect(() => follow()).toThrow(
      expect.objectContaining({ kind: "too-many-watchers", retryable: false }),
    );
    await first.stop();
    expect(() => follow()).not.toThrow();
  });

  test("can be read once only", () => {
    const { index } = createWorld();
    const watch = index.watch();
    watch[Symbol.asyncIterator]();
    expect(() => watch[Symbol.asyncIterator]()).toThrow(/iterated already/);
  });
});
