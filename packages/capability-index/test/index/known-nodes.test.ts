import { toHex } from "@selvage/core";
import { parseEntityId } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { CapabilityIndex, CapabilitySet, VERSION_MEMORY_MS } from "../../src/index.ts";
import { bootId } from "../fixtures.ts";
import { plainAnnouncement, plainNodeId } from "./plain-announcement.ts";

function createIndex(maxEntries?: number): { clock: ManualClock; index: CapabilityIndex } {
  const clock = new ManualClock();
  return { clock, index: new CapabilityIndex({ clock }, { maxEntries }) };
}

describe("another entity under the id of a known node", () => {
  test("is refused and counted, whatever version it claims", () => {
    const { index } = createIndex();
    index.apply(plainAnnouncement(1, { version: 2 }));
    const entityId = parseEntityId(new Uint8Array(32).fill(9));
    for (const version of [1, 2, 3]) {
      expect(index.apply({ ...plainAnnouncement(1, { version }), entityId })).toBe("conflict");
    }
    expect(index.get(plainNodeId(1))?.version).toBe(2);
    expect(index.stats().outcomes).toMatchObject({ added: 1, conflict: 3, stale: 0 });
  });

  test("is refused also when the node is gone, until it is forgotten", async () => {
    const { clock, index } = createIndex();
    index.apply(plainAnnouncement(1, { tombstone: true }));
    const entityId = parseEntityId(new Uint8Array(32).fill(9));
    expect(index.apply({ ...plainAnnouncement(1, { version: 2 }), entityId })).toBe("conflict");
    await clock.advance(VERSION_MEMORY_MS);
    index.gc();
    expect(index.apply({ ...plainAnnouncement(1), entityId })).toBe("added");
  });
});

describe("the digest", () => {
  test("is that of what others are told, at every moment", async () => {
    const { clock, index } = createIndex();
    const sum = (): string => {
      const digest = new Uint8Array(8);
      for (const stored of index.entries()) {
        stored.digest.forEach((byte, i) => (digest[i] = (digest[i] ?? 0) ^ byte));
      }
      return toHex(digest);
    };
    const seen = new Set<string>();
    const check = (): void => {
      const digest = toHex(index.digest());
      expect(digest).toBe(sum());
      seen.add(digest);
    };
    check();
    for (let n = 0; n < 20; n++) {
      const ttlSeconds = 30 + n;
      index.apply(plainAnnouncement(n, { ttlSeconds, tombstone: n % 7 === 0 }));
      check();
    }
    index.apply(plainAnnouncement(3, { version: 2, ttlSeconds: 900 }));
    index.apply(plainAnnouncement(4, { version: 2, tombstone: true }));
    check();
    // Asked before anything else, right when something is over.
    for (let second = 30; second <= 60; second++) {
      await clock.advance(second === 30 ? 30_000 : 1_000);
      check();
    }
    await clock.advance(VERSION_MEMORY_MS);
    check();
    expect(toHex(index.digest())).toBe("00".repeat(8));
    expect(seen.size).toBeGreaterThan(35);
  });

  test("is a copy", () => {
    const { index } = createIndex();
    index.apply(plainAnnouncement(1));
    const digest = toHex(index.digest());
    index.digest().fill(0);
    expect(toHex(index.digest())).toBe(digest);
  });
});

describe("what a node can do", () => {
  test("is held once, however often it says so", () => {
    const { index } = createIndex();
    const config = { tags: ["a", "software.os=linux"], ttlSeconds: 60 };
    index.apply(plainAnnouncement(1, config));
    const first = index.get(plainNodeId(1));
    index.apply(plainAnnouncement(1, { ...config, version: 2 }));
    const second = index.get(plainNodeId(1));
    expect([first?.version, second?.version]).toEqual([1, 2]);
    expect(second?.capabilities).toBe(first?.capabilities);
    const changed = CapabilitySet.empty.withTags("a");
    index.apply(plainAnnouncement(1, { capabilities: changed, version: 3 }));
    expect(index.get(plainNodeId(1))?.capabilities.tags).toEqual(["a"]);
    expect(index.find({ tags: ["software.os=linux"] })).toEqual([]);
  });

  test("is given back as each of them wrote it, though their texts are shared", () => {
    const { index } = createIndex();
    const spellings = ["software.os=linux", "software.os:linux", "software.os=linux"];
    for (const [n, tag] of spellings.entries())
      index.apply(plainAnnouncement(n, { tags: [tag, "a"] }));
    const held = spellings.map((_, n) => index.get(plainNodeId(n))?.capabilities.tags);
    expect(held).toEqual(spellings.map((tag) => ["a", tag]));
  });

  test("leaves nothing behind in the index when it changes or ends", async () => {
    const { clock, index } = createIndex();
    const capabilities = CapabilitySet.empty
      .withTags("a")
      .withModels([{ id: "m1" }, { id: "m2" }])
      .withTools([{ toolId: "t", name: "t" }]);
    index.apply(plainAnnouncement(1, { capabilities }));
    index.apply(plainAnnouncement(2, { capabilities: capabilities.withTags("b") }));
    expect(index.stats()).toMatchObject({ entries: 2, models: 2, tools: 1 });
    index.apply(plainAnnouncement(1, { version: 2, tags: ["a"] }));
    expect(index.find({ filter: { requireModels: ["m1"] } })).toHaveLength(1);
    index.apply(plainAnnouncement(2, { version: 2, tombstone: true }));
    expect(index.stats()).toMatchObject({ entries: 1, tags: 1, models: 0, tools: 0 });
    await clock.advance(300_000);
    expect(index.stats()).toMatchObject({ entries: 0, tags: 0 });
  });
});

test("hidings of nodes that nobody announces are bounded; of known nodes none is lost", () => {
  const { index } = createIndex(3);
  index.apply(plainAnnouncement(1));
  index.hide(plainNodeId(1));
  for (let n = 2; n < 10; n++) index.hide(plainNodeId(n));
  expect(index.stats().hidden).toBe(3);
  expect([1, 2, 8, 9].map((n) => index.isHidden(plainNodeId(n)))).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test("queries are counted", () => {
  const { index } = createIndex();
  index.find();
  index.find({ tags: ["a"] });
  index.findBest({ preferMoreMemory: 1 });
  expect(index.stats().queries).toBe(3);
});

test("an entry that expired stays out, and its node's later process is known for another", async () => {
  const { clock, index } = createIndex();
  index.apply(plainAnnouncement(1, { ttlSeconds: 30 }));
  index.hide(plainNodeId(1));
  await clock.advance(30_000);
  expect(index.find()).toEqual([]);
  index.unhide(plainNodeId(1));
  expect(index.find()).toEqual([]);
  index.hide(plainNodeId(1));
  index.apply(plainAnnouncement(1, { version: 2, bootId: bootId(2) }));
  expect(index.find()).toHaveLength(1);
});
