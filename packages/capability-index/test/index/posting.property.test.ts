import type { NodeId } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { type CapabilityEntry, CapabilitySet } from "../../src/index.ts";
import { toEntry } from "../../src/index/entry.ts";
import { Posting } from "../../src/index/posting.ts";
import { plainAnnouncement, plainNodeId } from "./plain-announcement.ts";

/** So many that answers are kept up to date rather than made anew. */
const MANY = 300;

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ set: fc.nat({ max: MANY * 2 }) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat({ max: MANY * 2 }) }) },
  { weight: 2, arbitrary: fc.record({ turn: fc.nat({ max: MANY * 2 }) }) },
  { weight: 1, arbitrary: fc.constant({ ask: true }) },
);

test("what is kept of an answer and its changes is what would be found anew", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 10, MANY),
      fc.array(action, { maxLength: 150 }),
      (size, actions) => {
        const posting = new Posting("a");
        const hidden = new Set<NodeId>();
        const members = new Map<number, CapabilityEntry>();
        let version = 0;
        const set = (n: number): void => {
          const before = members.get(n);
          if (before !== undefined) posting.remove(before);
          const after = toEntry(plainAnnouncement(n, { version: ++version }), CapabilitySet.empty);
          members.set(n, after);
          posting.add(after);
        };
        const ask = (): void => {
          const expected = [...members.values()]
            .filter(({ nodeId }) => !hidden.has(nodeId))
            .toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
          const answer = posting.visible(hidden);
          expect(answer).toEqual(expected);
          expect(posting.visible(hidden)).toBe(answer);
          expect(posting.size).toBe(members.size);
        };
        for (let n = 0; n < size; n++) set(n);
        ask();
        for (const each of actions) {
          if ("set" in each) set(each.set);
          else if ("remove" in each) {
            const entry = members.get(each.remove);
            if (entry === undefined) continue;
            members.delete(each.remove);
            posting.remove(entry);
            expect(posting.has(entry)).toBe(false);
          } else if ("turn" in each) {
            const nodeId = plainNodeId(each.turn);
            if (!hidden.delete(nodeId)) hidden.add(nodeId);
            const entry = members.get(each.turn);
            if (entry !== undefined) posting.touch(entry);
          } else ask();
        }
        ask();
      },
    ),
  );
});
