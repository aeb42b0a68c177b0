import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { CapabilitySet, MAX_METADATA_BYTES, MAX_TAG_BYTES, MAX_TAGS } from "../src/index.ts";
import { tagIdentity } from "../src/tags/tag.ts";

describe("tags", () => {
  test("an axis tag means the same with either separator, the first one counts", () => {
    expect(tagIdentity("software.os:linux")).toBe(tagIdentity("software.os=linux"));
    expect(tagIdentity("hardware.note:a=b")).toBe(tagIdentity("hardware.note=a=b"));
    expect(tagIdentity("hardware.note=a:b")).not.toBe(tagIdentity("hardware.note=a=b"));
    expect(tagIdentity("hardware.k=")).toBe(tagIdentity("hardware.k:"));
    expect(tagIdentity("hardware.=v")).toBe(tagIdentity("hardware.:v"));
  });

  test("other tags mean what they spell", () => {
    for (const tag of ["gpu", "nrpc:echo", "bogus.foo:bar", "hardware.gpu", "Hardware.a:b"]) {
      expect(tagIdentity(tag)).toBe(tag);
    }
    expect(tagIdentity("nrpc:echo")).not.toBe(tagIdentity("nrpc=echo"));
  });

  test("a set has a tag in any spelling, and a tag with a value is not the tag without", () => {
    const set = CapabilitySet.empty.withTags("hardware.gpu.vendor=nvidia", "nrpc:echo");
    expect(set.has("hardware.gpu.vendor:nvidia")).toBe(true);
    expect(set.has("nrpc:echo")).toBe(true);
    expect(set.has("hardware.gpu.vendor")).toBe(false);
    expect(set.has("NRPC:echo")).toBe(false);
    expect(set.withoutTags("hardware.gpu.vendor:nvidia").tags).toEqual(["nrpc:echo"]);
  });

  test("empty, oversize, malformed and reserved tags are refused by name", () => {
    const add = (tag: string) => () => CapabilitySet.empty.withTags(tag);
    expect(add("")).toThrow("a tag must not be empty");
    expect(add("é".repeat(MAX_TAG_BYTES / 2))).not.toThrow("a tag");
    expect(add("é".repeat(MAX_TAG_BYTES / 2 + 1))).toThrow(/at most 1024 bytes, got 1026/);
    expect(add("a\ud800")).toThrow(/well-formed/);
    for (const tag of ["scope:tenant:x", "causal:00", "fork-of:00", "heat:00=0.50"]) {
      expect(add(tag)).toThrow(TypeError);
      expect(CapabilitySet.from({ tags: [tag] }).has(tag)).toBe(true);
    }
  });

  test("there is a limit to their number", () => {
    const tags = Array.from({ length: MAX_TAGS }, (_, i) => `t${i}`);
    const full = CapabilitySet.empty.withTags(...tags);
    expect(full.withTags("t0").tags).toHaveLength(MAX_TAGS);
    expect(() => full.withTags("one more")).toThrow(/at most 1024 tags, got 1025/);
  });
});

describe("metadata", () => {
  test("is replaced by key and can be taken out", () => {
    const set = CapabilitySet.empty.withMetadata("a", "1").withMetadata("b", "2");
    expect([...set.withMetadata("a", "3").metadata]).toEqual([
      ["a", "3"],
      ["b", "2"],
    ]);
    expect([...set.withoutMetadata("a", "c").metadata]).toEqual([["b", "2"]]);
  });

  test("keys named like properties of objects are keys like any other", () => {
    const set = CapabilitySet.empty.withMetadata("__proto__", "x").withMetadata("toString", "y");
    const restored = CapabilitySet.from(JSON.parse(JSON.stringify(set)));
    expect(restored.metadata.get("__proto__")).toBe("x");
    expect(CapabilitySet.empty.metadata.get("toString")).toBeUndefined();
  });

  test("is bounded in keys and bytes, and its text must be text", () => {
    const add = (key: string, value: string) => () => CapabilitySet.empty.withMetadata(key, value);
    expect(add("k", "é".repeat((MAX_METADATA_BYTES - 1) / 2))).not.toThrow("metadata");
    expect(add("k", "é".repeat(MAX_METADATA_BYTES / 2))).toThrow(/at most 16384 bytes, got 16385/);
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`k${i}`, ""]));
    expect(() => CapabilitySet.from({ metadata: many })).toThrow(/at most 256 keys, got 257/);
    expect(add("", "v")).toThrow("a metadata key must not be empty");
    expect(add("k", "\udc00")).toThrow(/well-formed/);
  });
});

describe("a set", () => {
  test("is not changed by what is made of it", () => {
    const set = CapabilitySet.empty.withTags("a");
    set.withTags("b").withMetadata("k", "v").withoutTags("a");
    expect(set.toJSON()).toEqual({ tags: ["a"], metadata: {} });
    expect(Object.isFrozen(set.tags)).toBe(true);
  });

  test("is empty from an empty object", () => {
    expect(CapabilitySet.from({}).equals(CapabilitySet.empty)).toBe(true);
  });

  const tag = fc.constantFrom("a", "b", "hardware.k=v", "hardware.k:v", "\u{10000}", "\u{ffff}");
  const entry = fc.tuple(fc.constantFrom("x", "y", "\u{10000}", "\u{ffff}"), fc.string());

  test("has one canonical form whatever the order, which survives JSON", () => {
    fc.assert(
      fc.property(
        fc.array(tag).chain((tags) =>
          fc.tuple(
            fc.constant(tags),
            fc.shuffledSubarray(tags, {
              minLength: tags.length,
            }),
          ),
        ),
        fc.uniqueArray(entry, { selector: ([key]) => key }),
        ([tags, shuffled], metadata) => {
          const set = CapabilitySet.from({ tags, metadata: new Map(metadata) });
          const other = metadata
            .toReversed()
            .reduce(
              (made, [key, value]) => made.withMetadata(key, value),
              CapabilitySet.empty.withTags(...shuffled),
            );
          expect(JSON.stringify(other)).toBe(JSON.stringify(set));
          expect(other.equals(set)).toBe(true);
          expect(set.equals(other.withTags("another"))).toBe(false);
          expect(CapabilitySet.from(JSON.parse(JSON.stringify(set))).equals(set)).toBe(true);
          const bytes = set.tags.map((text) => Buffer.from(text));
          expect(bytes).toEqual(bytes.toSorted((a, b) => Buffer.compare(a, b)));
        },
      ),
    );
  });
});
