import fc from "fast-check";
import { expect, test } from "vitest";

import { TimeHeap } from "../../src/index/time-heap.ts";

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ push: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ popDue: fc.nat({ max: 20 }) }) },
);

test("a heap gives what is due, earliest first, and lets anything be taken out", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
      const heap = new TimeHeap<{ time: number; slot: number }>(({ time }) => time);
      const inside: { time: number; slot: number }[] = [];
      const earliest = (): number => Math.min(...inside.map(({ time }) => time));
      for (const each of actions) {
        if ("push" in each) {
          const item = { time: each.push, slot: -1 };
          inside.push(item);
          heap.push(item);
        } else if ("remove" in each) {
          const [item] = inside.splice(each.remove % Math.max(1, inside.length), 1);
          if (item === undefined) continue;
          heap.remove(item);
          expect(item.slot).toBe(-1);
        } else {
          const due = earliest() <= each.popDue;
          const item = heap.popDue(each.popDue);
          expect(item !== undefined).toBe(due);
          if (item === undefined) continue;
          expect([item.time, item.slot]).toEqual([earliest(), -1]);
          inside.splice(inside.indexOf(item), 1);
        }
        expect(heap.peek()?.time ?? Number.POSITIVE_INFINITY).toBe(earliest());
      }
    }),
  );
});
