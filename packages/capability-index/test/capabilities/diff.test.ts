import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type CapabilityDiff,
  CapabilitySet,
  type CapabilitySetParts,
  diffCapabilities,
  tagIdentity,
} from "../../src/index.ts";
import { readSharedVectors } from "../shared-vectors.ts";

interface Case {
  readonly name: string;
  readonly prev: CapabilitySetParts;
  readonly curr: CapabilitySetParts;
  readonly expected_added_tags: readonly string[];
  readonly expected_removed_tags: readonly string[];
  readonly expected_metadata_changes: readonly unknown[];
}

const shared = readSharedVectors("capability_set_diff.json") as
  | { readonly abi_version_expected: number; readonly cases: readonly Case[] }
  | undefined;

function diff(prev: CapabilitySetParts, curr: CapabilitySetParts): CapabilityDiff {
  return diffCapabilities(CapabilitySet.from(prev), CapabilitySet.from(curr));
}

describe.skipIf(shared === undefined)("the published vectors", () => {
  test("are of the version that we know", () => {
    expect(shared?.abi_version_expected).toBe(1);
    expect(shared?.cases.length).toBeGreaterThan(0);
  });

  test.each(shared?.cases ?? [])("$name", ({ prev, curr, ...expected }) => {
    expect(diff(prev, curr)).toEqual({
      added_tags: expected.expected_added_tags,
      removed_tags: expected.expected_removed_tags,
      metadata_changes: expected.expected_metadata_changes,
    });
  });
});

describe("a diff", () => {
  test("tells what is new, what is gone and what changed", () => {
    expect(
      diff(
        { tags: ["gpu", "hardware.memory_gb=8"], metadata: { moved: "x", same: "s", text: "1" } },
        { tags: ["gpu", "hardware.memory_gb=16"], metadata: { same: "s", text: "2", to: "x" } },
      ),
    ).toEqual({
      added_tags: ["hardware.memory_gb=16"],
      removed_tags: ["hardware.memory_gb=8"],
      metadata_changes: [
        { kind: "removed", key: "moved", prev_value: "x" },
        { kind: "updated", key: "text", prev_value: "1", new_value: "2" },
        { kind: "added", key: "to", value: "x" },
      ],
    });
  });

  test("does not mind the separator, yet a tag without a value is another", () => {
    const nothing = { added_tags: [], removed_tags: [], metadata_changes: [] };
    expect(diff({ tags: ["software.os=linux"] }, { tags: ["software.os:linux"] })).toEqual(nothing);
    expect(diff({ tags: ["hardware.k"] }, { tags: ["hardware.k:"] })).toEqual({
      ...nothing,
      added_tags: ["hardware.k:"],
      removed_tags: ["hardware.k"],
    });
    expect(diff({ tags: ["nrpc:a"] }, { tags: ["nrpc=a"] })).not.toEqual(nothing);
  });

  test("is in the order of bytes, not of UTF-16 units", () => {
    const curr = { tags: ["\u{10000}", "\u{ffff}"], metadata: { "\u{10000}": "", "\u{ffff}": "" } };
    const { added_tags: tags, metadata_changes: changes } = diff({}, curr);
    expect(tags).toEqual(["\u{ffff}", "\u{10000}"]);
    expect(changes.map(({ key }) => key)).toEqual(["\u{ffff}", "\u{10000}"]);
  });

  test("takes keys for keys, whatever objects have", () => {
    const curr = JSON.parse('{"metadata":{"__proto__":"x","constructor":"y"}}') as object;
    expect(diff({}, curr).metadata_changes).toEqual([
      { kind: "added", key: "__proto__", value: "x" },
      { kind: "added", key: "constructor", value: "y" },
    ]);
  });

  const tag = fc.constantFrom("a", "b", "hardware.k=v", "hardware.k:v", "hardware.k", "\u{10000}");
  const entry = fc.tuple(
    fc.constantFrom("x", "y", "\u{10000}", "\u{ffff}"),
    fc.constantFrom("", "1"),
  );
  const set = fc
    .tuple(fc.array(tag), fc.uniqueArray(entry, { selector: ([key]) => key }))
    .map(([tags, metadata]) => CapabilitySet.from({ tags, metadata: new Map(metadata) }));

  test("makes the later set of the earlier one, and nothing of a set and itself", () => {
    fc.assert(
      fc.property(set, set, (prev, curr) => {
        const {
          added_tags: added,
          removed_tags: removed,
          metadata_changes,
        } = diffCapabilities(prev, curr);
        const texts = new Map(prev.metadata);
        for (const change of metadata_changes) {
          if (change.kind !== "added") expect(texts.get(change.key)).toBe(change.prev_value);
          else expect(texts.has(change.key)).toBe(false);
          if (change.kind === "removed") texts.delete(change.key);
          else texts.set(change.key, change.kind === "added" ? change.value : change.new_value);
        }
        const made = prev.withoutTags(...removed).withTags(...added);
        expect(made.tags.map(tagIdentity)).toEqual(curr.tags.map(tagIdentity));
        expect(texts).toEqual(curr.metadata);
        expect(added.some((tag) => prev.has(tag)) || removed.some((tag) => curr.has(tag))).toBe(
          false,
        );
        expect(Object.values(diffCapabilities(curr, curr)).flat()).toEqual([]);
      }),
    );
  });
});
