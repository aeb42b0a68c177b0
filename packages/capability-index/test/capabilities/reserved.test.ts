import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { authorisedHeat, CapabilitySet, MAX_BLOB_HEAT_TAGS } from "../../src/index.ts";

const { empty } = CapabilitySet;

describe("scopes", () => {
  test("are said by methods made for them, together if wanted", () => {
    const set = empty
      .withTenantScope("a")
      .withTenantScope("b")
      .withRegionScope("eu")
      .withSubnetLocalScope();
    expect(set.tags).toEqual([
      "scope:region:eu",
      "scope:subnet-local",
      "scope:tenant:a",
      "scope:tenant:b",
    ]);
    expect(set.withTenantScope("a").withSubnetLocalScope()).toBe(set);
    expect(set.withoutTags("scope:tenant:a", "scope:subnet-local").tags).toEqual([
      "scope:region:eu",
      "scope:tenant:b",
    ]);
  });

  test("must name somebody: a set for nobody would be for everybody", () => {
    expect(() => empty.withTenantScope("")).toThrow(RangeError);
    expect(() => empty.withRegionScope("")).toThrow(RangeError);
  });
});

describe("chains", () => {
  const of = (set: CapabilitySet) => set.tags.filter((tag) => tag.startsWith("causal:"));

  test("held are held whole, to a tip, or in ranges; the last word counts", () => {
    const set = empty.withChain("ab").withChain("abc").withChainTip("abcd", 1);
    expect(of(set)).toEqual(["causal:ab", "causal:abc", "causal:abcd:1"]);
    expect(of(set.withChainTip("abc", 7).withChainTip("abc", 9))).toEqual([
      "causal:ab",
      "causal:abc:9",
      "causal:abcd:1",
    ]);
    const ranges = set.withChainRange("abc", 0, 5).withChainRange("abc", 7, 9);
    expect(of(ranges)).toEqual([
      "causal:ab",
      "causal:abc[0..5]",
      "causal:abc[7..9]",
      "causal:abcd:1",
    ]);
    expect(of(ranges.withChain("abc"))).toEqual(["causal:ab", "causal:abc", "causal:abcd:1"]);
    expect(of(ranges.withoutChain("abc"))).toEqual(["causal:ab", "causal:abcd:1"]);
    expect(set.withChainTip("abcd", 1).equals(set)).toBe(true);
  });

  test("are held if anything of them is, and by exactly their hash", () => {
    const set = empty.withChainTip("abcd", 1).withChainRange("x", 1, 2);
    expect(["abcd", "abc", "abcde", "x", ""].map((hash) => set.holdsChain(hash))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  test("that are none are refused and leave the set as it was", () => {
    const set = empty.withChain("a");
    expect(() => set.withChain("")).toThrow(RangeError);
    expect(() => set.withChainTip("a", -1)).toThrow(RangeError);
    expect(() => set.withChainRange("a", 2, 2)).toThrow(RangeError);
    expect(() => set.withFork("")).toThrow(RangeError);
    expect(of(set)).toEqual(["causal:a"]);
  });

  test("may be forks of others", () => {
    expect(empty.withChain("b").withFork("a").tags).toEqual(["causal:b", "fork-of:a"]);
  });
});

describe("heat", () => {
  test("is replaced and withdrawn by exactly its hash and kind", () => {
    const set = empty.withHeat("ab", 0.1).withHeat("abc", 0.2).withBlobHeat("ab", 0.3);
    expect(set.withHeat("ab", 0.9).tags).toEqual([
      "heat:ab=0.90",
      "heat:abc=0.20",
      "heat:blob:ab=0.30",
    ]);
    expect(set.withBlobHeat("ab", 2).tags).toContain("heat:blob:ab=1.00");
    expect(set.withoutHeat("ab").tags).toEqual(["heat:abc=0.20", "heat:blob:ab=0.30"]);
    expect(set.withoutBlobHeat("ab").tags).toEqual(["heat:ab=0.10", "heat:abc=0.20"]);
    expect(() => set.withHeat("ab", Number.NaN)).toThrow(RangeError);
  });

  test("of others counts only for chains that they say they hold", () => {
    const tags = [
      "causal:held",
      "causal:tipped:7",
      "causal:ranged[0..5]",
      "heat:held=0.10",
      "heat:tipped=0.20",
      "heat:ranged=0.30",
    ];
    const unfounded = ["heat:hel=0.10", "heat:held2=0.10", "heat:", "heat:hot", "heat:=1.00"];
    const received = CapabilitySet.from({ tags: [...tags, ...unfounded], metadata: { k: "v" } });
    const kept = authorisedHeat(received);
    expect(kept.equals(CapabilitySet.from({ tags, metadata: { k: "v" } }))).toBe(true);
    expect(authorisedHeat(kept)).toBe(kept);
    expect(authorisedHeat(CapabilitySet.from({ tags: ["causal:a"] })).tags).toEqual(["causal:a"]);
  });

  test("of others counts for so many blobs and no more", () => {
    const blobs = Array.from(
      { length: MAX_BLOB_HEAT_TAGS + 3 },
      (_, i) => `heat:blob:${i.toString(16).padStart(64, "0")}=0.50`,
    );
    const kept = authorisedHeat(CapabilitySet.from({ tags: [...blobs, "gpu"] }));
    expect(kept.tags).toEqual(["gpu", ...blobs.slice(0, MAX_BLOB_HEAT_TAGS)]);
  });

  test("of others that stays is founded, whatever they send", () => {
    const hash = fc.constantFrom("", "a", "ab", "blob");
    const after = fc.constantFrom("", ":1", "[0..5]", "=0.50", ":", "[", "=");
    const tag = fc
      .tuple(fc.constantFrom("heat:", "heat:blob:", "causal:", "gpu:"), hash, after)
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        const { tags: kept } = authorisedHeat(CapabilitySet.from({ tags }));
        const isFounded = (tag: string) =>
          !tag.startsWith("heat:") ||
          tag.startsWith("heat:blob:") ||
          ["a", "ab", "blob"].some(
            (hash) =>
              new RegExp(`^heat:${hash}([:[=]|$)`).test(tag) &&
              tags.some((held) => new RegExp(`^causal:${hash}([:[=]|$)`).test(held)),
          );
        expect(kept).toEqual(CapabilitySet.from({ tags }).tags.filter(isFounded));
      }),
    );
  });
});

describe("reserved metadata", () => {
  test("of tools is not for users to write, hints to their own scheduler are", () => {
    expect(() => empty.withMetadata("tool::a::input_schema", "{}")).toThrow(
      new TypeError('metadata key "tool::a::input_schema" has a reserved prefix'),
    );
    expect(empty.withMetadata("intent", "inference").metadata.get("intent")).toBe("inference");
    const received = CapabilitySet.from({ metadata: { "tool::a::input_schema": "{}" } });
    expect(received.metadata.size).toBe(1);
  });
});
