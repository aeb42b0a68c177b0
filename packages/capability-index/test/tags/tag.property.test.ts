import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AXES, CapabilitySet, formatTag, parseTag, tagIdentity } from "../../src/index.ts";

/** Texts made of what tags are made of. */
const piece = fc.constantFrom(
  ...AXES,
  "scope:",
  "heat:",
  ".",
  "=",
  ":",
  "k",
  "k-x",
  "v",
  "\u{10000}",
);
const text = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join(""));
const axis = fc.constantFrom(...AXES);

/** What the grammar says, said in another way. */
function naiveIdentity(tag: string): string {
  const match = /^(hardware|software|devices|dataforts)\.([^=:]*)[=:]([^]*)$/.exec(tag);
  return match === null ? tag : `${match[1]}.${match[2]}=${match[3]}`;
}

describe("tags", () => {
  test("survive reading and writing, and are the same if only the separator differs", () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ minLength: 1 })), (tag) => {
        expect(formatTag(parseTag(tag))).toBe(tag);
        expect(tagIdentity(tag)).toBe(naiveIdentity(tag));
        expect(tagIdentity(tagIdentity(tag))).toBe(tagIdentity(tag));
      }),
    );
  });

  test("are found in a set as a walk over all of them finds them", () => {
    fc.assert(
      fc.property(
        fc.array(text),
        text,
        axis,
        fc.constantFrom("", "k", "k-x", ".", "k=", "k.k"),
        (tags, wanted, axis, key) => {
          const set = CapabilitySet.from({ tags });
          const parsed = set.tags.map(parseTag);
          expect(new Set(set.tags.map(tagIdentity))).toEqual(new Set(tags.map(naiveIdentity)));
          expect(new Set(set.tags.map(tagIdentity)).size).toBe(set.tags.length);
          const meanings = tags.map(naiveIdentity);
          expect(set.has(wanted)).toBe(meanings.includes(naiveIdentity(wanted)));

          const values = parsed.flatMap((tag) =>
            tag.kind === "axis-value" && tag.axis === axis && tag.key === key ? [tag.value] : [],
          );
          const isPresent = parsed.some(
            (tag) => tag.kind === "axis-present" && tag.axis === axis && tag.key === key,
          );
          expect(set.values(axis, key)).toEqual(values);
          expect(set.isPresent(axis, key)).toBe(isPresent);
          expect(set.hasKey(axis, key)).toBe(isPresent || values.length > 0);
        },
      ),
    );
  });

  test("make the same set added at once, one by one, and taken out again", () => {
    const spelled = fc.oneof(text, fc.constantFrom("hardware.k=v", "hardware.k:v"));
    const users = fc.array(spelled.filter((tag) => !/^(scope|heat):/.test(tag)));
    fc.assert(
      fc.property(users, users, (held, added) => {
        const set = CapabilitySet.empty.withTags(...held);
        const both = CapabilitySet.from({ tags: [...held, ...added] });
        expect(set.withTags(...added).tags).toEqual(both.tags);
        expect(added.reduce((made, tag) => made.withTags(tag), set).tags).toEqual(both.tags);
        const gone = added.map(naiveIdentity);
        expect(both.withoutTags(...added).tags).toEqual(
          set.tags.filter((tag) => !gone.includes(naiveIdentity(tag))),
        );
      }),
    );
  });
});
