import { type NodeId, toHex } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  type CapabilityChange,
  CapabilityIndex,
  type CapabilityIndexConfig,
  VERSION_MEMORY_MS,
} from "../../src/index.ts";
import { announce, bootId, identity } from "../fixtures.ts";

const nodeId = (n: number): NodeId => identity(n).nodeId;

function createIndex(config?: CapabilityIndexConfig): {
  clock: ManualClock;
  index: CapabilityIndex;
  /** Changes so far, as text. */
  changes: string[];
} {
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock }, config);
  const changes: string[] = [];
  index.onChange((change: CapabilityChange) => {
    const cause = change.type === "removed" ? ` ${change.cause}` : "";
    changes.push(`${change.type}${cause} ${name(change.entry.nodeId)} v${change.entry.version}`);
  });
  return { clock, index, changes };
}

function name(id: NodeId): number | undefined {
  return [1, 2, 3, 4, 5].find((n) => nodeId(n) === id);
}

function found(index: CapabilityIndex, ...tags: readonly string[]): (number | undefined)[] {
  return index.find({ tags }).map((entry) => name(entry.nodeId));
}

/** The numbers in the order of their node ids. */
function inOrder(...numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => (nodeId(a) < nodeId(b) ? -1 : 1));
}

describe("finding", () => {
  test("gives the entries that have all the tags, ordered by node id", () => {
    const { index } = createIndex();
    index.apply(announce(1, { tags: ["a", "b"] }));
    index.apply(announce(2, { tags: ["a"] }));
    index.apply(announce(3, { tags: ["b", "c"] }));
    expect(found(index)).toEqual(inOrder(1, 2, 3));
    expect(found(index, "a")).toEqual(inOrder(1, 2));
    expect(found(index, "a", "b")).toEqual([1]);
    expect(found(index, "b", "a", "b")).toEqual([1]);
    expect(found(index, "a", "c")).toEqual([]);
    expect(found(index, "a", "nobody")).toEqual([]);
  });

  test("takes both spellings of an axis tag for the same", () => {
    const { index } = createIndex();
    index.apply(announce(1, { tags: ["software.os=linux", "a"] }));
    expect(found(index, "software.os:linux")).toEqual([1]);
    expect(found(index, "software.os:linux", "a")).toEqual([1]);
    expect(found(index, "software.os")).toEqual([]);
  });

  test("tells all about a node", () => {
    const { index } = createIndex();
    const announcement = announce(1, { tags: ["a"], version: 4, addresses: ["10.0.0.1:1"] });
    index.apply(announcement);
    const { entityId, capabilities, addresses, grants } = announcement;
    const entry = { nodeId: nodeId(1), entityId, bootId: bootId(1), version: 4 };
    const all = { ...entry, capabilities, addresses, grants, allowedNodes: [] };
    expect(index.get(nodeId(1))).toEqual(all);
    expect(index.find({ tags: ["a"] })).toEqual([index.get(nodeId(1))]);
    expect(index.get(nodeId(2))).toBeUndefined();
  });

  test("answers the same question with the same array until something changes", () => {
    const { index } = createIndex();
    index.apply(announce(1, { tags: ["a"] }));
    const first = index.find({ tags: ["a"] });
    expect(index.find({ tags: ["a"] })).toBe(first);
    index.apply(announce(2, { tags: ["b"] }));
    expect(index.find({ tags: ["a"] })).toBe(first);
    index.apply(announce(3, { tags: ["a"] }));
    expect(index.find({ tags: ["a"] })).not.toBe(first);
    expect(first).toHaveLength(1);
  });
});

describe("versions", () => {
  test("a later one replaces tags and all, an earlier or equal one is stale", () => {
    const { index, changes } = createIndex();
    expect(index.apply(announce(1, { version: 2, tags: ["a"] }))).toBe("added");
    expect(index.apply(announce(1, { version: 2, tags: ["a"] }))).toBe("stale");
    expect(index.apply(announce(1, { version: 1, tags: ["b"] }))).toBe("stale");
    expect(index.apply(announce(1, { version: 3, tags: ["c"] }))).toBe("updated");
    expect([found(index, "a"), found(index, "b"), found(index, "c")]).toEqual([[], [], [1]]);
    expect(changes).toEqual(["added 1 v2", "updated 1 v3"]);
    expect(index.stats()).toMatchObject({
      tags: 1,
      outcomes: { added: 1, updated: 1, stale: 2, removed: 0, expired: 0, full: 0 },
    });
  });

  test("of two bodies with one version every index prefers the same", () => {
    const bodies = [announce(1, { tags: ["a"] }), announce(1, { bootId: bootId(2), tags: ["b"] })];
    const outcomes = [bodies, bodies.toReversed()].map((order) => {
      const { index } = createIndex();
      for (const body of order) index.apply(body);
      return index.get(nodeId(1))?.bootId;
    });
    expect(outcomes[0]).toBe(outcomes[1]);
  });
});

describe("lifetimes", () => {
  test("an entry is found up to its last moment, with or without collection", async () => {
    const { clock, index, changes } = createIndex();
    index.apply(announce(1, { ttlSeconds: 60, tags: ["a"] }));
    index.apply(announce(2, { ttlSeconds: 90, tags: ["a"] }));
    await clock.advance(59_999);
    expect(found(index, "a")).toEqual(inOrder(1, 2));
    await clock.advance(1);
    expect(found(index, "a")).toEqual([2]);
    expect(found(index)).toEqual([2]);
    expect(index.get(nodeId(1))).toBeUndefined();
    expect(changes).toEqual(["added 1 v1", "added 2 v1"]);
    expect(index.gc()).toBe(1);
    expect(index.gc()).toBe(0);
    expect(changes.slice(2)).toEqual(["removed expired 1 v1"]);
    expect(index.stats()).toMatchObject({ entries: 1, gone: 1, tags: 1 });
  });

  test("the time that others held it counts", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1, { ttlSeconds: 60, ageMs: 50_000 }));
    expect(index.apply(announce(2, { ttlSeconds: 60, ageMs: 60_000 }))).toBe("expired");
    await clock.advance(10_000);
    expect(found(index)).toEqual([]);
  });

  test("renewal before the end goes on without a gap", async () => {
    const { clock, index, changes } = createIndex();
    index.apply(announce(1, { ttlSeconds: 60 }));
    await clock.advance(50_000);
    index.apply(announce(1, { ttlSeconds: 60, version: 2 }));
    await clock.advance(50_000);
    index.gc();
    expect(found(index)).toEqual([1]);
    expect(changes).toEqual(["added 1 v1", "updated 1 v2"]);
  });

  test("an expired entry that was not collected is renewed as if it were there", async () => {
    const { clock, index, changes } = createIndex();
    index.apply(announce(1, { ttlSeconds: 30 }));
    await clock.advance(30_000);
    expect(found(index)).toEqual([]);
    index.apply(announce(1, { version: 2 }));
    expect(index.gc()).toBe(0);
    expect(found(index)).toEqual([1]);
    expect(index.get(nodeId(1))?.version).toBe(2);
    expect(changes).toEqual(["added 1 v1", "updated 1 v2"]);
  });

  test("a node that could be forgotten is not once it is back", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1, { tombstone: true }));
    await clock.advance(VERSION_MEMORY_MS);
    expect(found(index)).toEqual([]);
    index.apply(announce(1, { version: 2 }));
    index.gc();
    expect(index.get(nodeId(1))?.version).toBe(2);
  });

  test("an expired version still outdoes older ones that live longer", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1, { version: 2, ttlSeconds: 30 }));
    await clock.advance(30_000);
    index.gc();
    expect(index.apply(announce(1, { version: 1, ttlSeconds: 900, ageMs: 31_000 }))).toBe("stale");
    expect(index.apply(announce(1, { version: 3 }))).toBe("added");
  });
});

describe("withdrawal", () => {
  test("removes the entry and keeps older versions out", () => {
    const { index, changes } = createIndex();
    index.apply(announce(1, { version: 1, tags: ["a"] }));
    expect(index.apply(announce(1, { version: 3, tombstone: true }))).toBe("removed");
    expect(found(index, "a")).toEqual([]);
    expect(index.apply(announce(1, { version: 2, tags: ["a"] }))).toBe("stale");
    expect(index.apply(announce(1, { version: 3, tombstone: true }))).toBe("stale");
    expect(changes).toEqual(["added 1 v1", "removed withdrawn 1 v1"]);
    expect(index.apply(announce(1, { version: 4, tags: ["a"] }))).toBe("added");
    expect(found(index, "a")).toEqual([1]);
  });

  test("of an unknown node is remembered, and news to others", () => {
    const { index, changes } = createIndex();
    expect(index.apply(announce(1, { version: 3, tombstone: true }))).toBe("removed");
    expect(index.apply(announce(1, { version: 2 }))).toBe("stale");
    expect(changes).toEqual([]);
  });

  test("is forgotten once nothing older can be alive, not before", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1, { version: 2, tombstone: true, ttlSeconds: 30, ageMs: 1000 }));
    await clock.advance(VERSION_MEMORY_MS - 1001);
    index.gc();
    expect(index.entries()).toHaveLength(1);
    expect(index.apply(announce(1, { version: 1 }))).toBe("stale");
    await clock.advance(1);
    expect(index.entries()).toEqual([]);
    index.gc();
    expect(index.stats()).toMatchObject({ entries: 0, gone: 0 });
    expect(index.apply(announce(1, { version: 1 }))).toBe("added");
  });
});

describe("hiding", () => {
  test("keeps an entry from being found, nothing more", () => {
    const { index, changes } = createIndex();
    index.apply(announce(1, { tags: ["a", "b"] }));
    index.apply(announce(2, { tags: ["a"] }));
    index.hide(nodeId(1));
    index.hide(nodeId(1));
    expect(found(index, "a")).toEqual([2]);
    expect(found(index, "a", "b")).toEqual([]);
    expect(found(index)).toEqual([2]);
    expect(index.isHidden(nodeId(1))).toBe(true);
    expect(index.get(nodeId(1))?.nodeId).toBe(nodeId(1));
    expect(index.entries()).toHaveLength(2);
    index.unhide(nodeId(1));
    index.unhide(nodeId(1));
    expect(found(index, "a")).toEqual(inOrder(1, 2));
    expect(changes.slice(2)).toEqual(["hidden 1 v1", "unhidden 1 v1"]);
  });

  test("outlasts renewals by the same process and ends with another", () => {
    const { index, changes } = createIndex();
    index.apply(announce(1));
    index.hide(nodeId(1));
    index.apply(announce(1, { version: 2 }));
    expect(found(index)).toEqual([]);
    index.apply(announce(1, { version: 3, bootId: bootId(2) }));
    expect(found(index)).toEqual([1]);
    expect(index.isHidden(nodeId(1))).toBe(false);
    expect(changes).toEqual([
      "added 1 v1",
      "hidden 1 v1",
      "updated 1 v2",
      "updated 1 v3",
      "unhidden 1 v3",
    ]);
  });

  test("holds for a node that is announced only later, until another process is", () => {
    const { index, changes } = createIndex();
    index.hide(nodeId(1));
    index.apply(announce(1));
    expect(found(index)).toEqual([]);
    expect(changes).toEqual(["added 1 v1", "hidden 1 v1"]);
    index.apply(announce(1, { version: 2, bootId: bootId(2) }));
    expect(found(index)).toEqual([1]);
  });

  test("ends with the node's goodbye", () => {
    const { index } = createIndex();
    index.apply(announce(1));
    index.hide(nodeId(1));
    index.apply(announce(1, { version: 2, tombstone: true }));
    expect(index.isHidden(nodeId(1))).toBe(false);
  });

  test("of a node that others still hear from lasts as long as they do", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1));
    index.hide(nodeId(1));
    for (let version = 2; version < 10; version++) {
      await clock.advance(VERSION_MEMORY_MS / 4);
      index.apply(announce(1, { version }));
      index.gc();
    }
    expect([found(index), index.isHidden(nodeId(1))]).toEqual([[], true]);
  });

  test("of a node that is never heard of again is forgotten", async () => {
    const { clock, index } = createIndex();
    index.hide(nodeId(1));
    index.apply(announce(2, { ttlSeconds: 900 }));
    index.hide(nodeId(2));
    await clock.advance(VERSION_MEMORY_MS - 1);
    index.gc();
    expect(index.stats().hidden).toBe(2);
    await clock.advance(1);
    index.gc();
    expect(index.stats().hidden).toBe(0);
  });
});

describe("passing on", () => {
  test("gives the received bytes with the age they reached, and where they came from", async () => {
    const { clock, index } = createIndex();
    const received = { ...announce(1, { ageMs: 500 }), hopCount: 2 };
    index.apply(received, { via: nodeId(2) });
    await clock.advance(250);
    const { version, tombstone, body, signature, digest } = received;
    const stored = { nodeId: nodeId(1), version, tombstone, body, signature, digest, hopCount: 2 };
    expect(index.entries()).toEqual([{ ...stored, ageMs: 750, via: nodeId(2) }]);
    expect(index.stored(nodeId(1))).toEqual({ ...stored, ageMs: 750, via: nodeId(2) });
    expect(index.stored(nodeId(2))).toBeUndefined();
  });

  test("leaves out what expired, and tells what was withdrawn", async () => {
    const { clock, index } = createIndex();
    index.apply(announce(1, { ttlSeconds: 30 }));
    index.apply(announce(2, { tombstone: true, ttlSeconds: 30 }));
    index.apply(announce(3, { ttlSeconds: 60 }));
    await clock.advance(30_000);
    expect(index.entries().map((stored) => name(stored.nodeId))).toEqual([2, 3]);
    expect(index.stored(nodeId(1))).toBeUndefined();
  });

  test("the digest is the same exactly where the same is told", async () => {
    const one = createIndex();
    const other = createIndex();
    const digests = (): string[] => [one, other].map(({ index }) => toHex(index.digest()));
    expect(digests()).toEqual(["00".repeat(8), "00".repeat(8)]);
    one.index.apply(announce(1, { ttlSeconds: 30 }));
    one.index.apply(announce(2));
    other.index.apply(announce(2, { ageMs: 5 }));
    expect(new Set(digests()).size).toBe(2);
    other.index.apply(announce(1, { ttlSeconds: 30 }));
    expect(new Set(digests()).size).toBe(1);
    one.index.apply(announce(2, { version: 2, tombstone: true }));
    expect(new Set(digests()).size).toBe(2);
    other.index.apply(announce(2, { version: 2, tombstone: true }));
    expect(new Set(digests()).size).toBe(1);
    await one.clock.advance(30_000);
    expect(new Set(digests()).size).toBe(2);
    await other.clock.advance(30_000);
    expect(new Set(digests()).size).toBe(1);
  });
});

describe("the bound", () => {
  test("refuses further nodes and says so, known ones go on", () => {
    const { index } = createIndex({ maxEntries: 2 });
    index.apply(announce(1));
    index.apply(announce(2));
    expect(index.apply(announce(3))).toBe("full");
    expect(index.apply(announce(1, { version: 2 }))).toBe("updated");
    expect(found(index)).toEqual(inOrder(1, 2));
    expect(index.stats()).toMatchObject({ entries: 2, outcomes: { full: 1 } });
  });

  test("lets gone nodes make room, the longest gone first", async () => {
    const { clock, index, changes } = createIndex({ maxEntries: 3 });
    index.apply(announce(1, { tombstone: true, version: 5 }));
    await clock.advance(1);
    index.apply(announce(2, { tombstone: true, version: 5 }));
    index.apply(announce(3));
    expect(index.apply(announce(4))).toBe("added");
    expect(index.apply(announce(2, { version: 4 }))).toBe("stale");
    expect(index.stats()).toMatchObject({ entries: 2, gone: 1, evicted: 1 });
    expect(index.apply(announce(5))).toBe("added");
    expect(index.apply(announce(1))).toBe("full");
    await clock.advance(300_000);
    expect(index.apply(announce(1))).toBe("added");
    expect(changes.filter((change) => change.startsWith("removed expired"))).toHaveLength(3);
  });

  test("must be a positive whole number", () => {
    expect(() => createIndex({ maxEntries: 0 })).toThrow(/maxEntries .* at least 1, got 0/);
  });
});

test("a listener that throws is reported and hinders nobody", () => {
  const errors: unknown[] = [];
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock, reportError: (error) => errors.push(error) });
  const failure = new Error("listener");
  let heard = 0;
  index.onChange(() => {
    throw failure;
  });
  using subscription = index.onChange(() => heard++);
  expect(index.apply(announce(1))).toBe("added");
  expect([heard, errors]).toEqual([1, [failure]]);
  subscription[Symbol.dispose]();
  index.apply(announce(2));
  expect(heard).toBe(1);
});

test("a listener sees the index as it is after the change", () => {
  const { index } = createIndex();
  const seen: number[] = [];
  index.onChange(() => seen.push(index.find().length));
  index.apply(announce(1));
  index.apply(announce(2));
  index.hide(nodeId(1));
  index.apply(announce(2, { version: 2, tombstone: true }));
  expect(seen).toEqual([1, 2, 1, 0]);
});
