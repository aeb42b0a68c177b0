import fc from "fast-check";
import { expect, test } from "vitest";

import { TimeHeap } from "../src/time-heap.ts";

interface Item {
  time: number;
  order: number;
  slot: number;
}

test("gives items by time and then order, and can lose any of them", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("push" as const), time: fc.nat(20) }),
    fc.record({ do: fc.constant("remove" as const), which: fc.nat(50) }),
    fc.record({ do: fc.constant("pop" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const heap = new TimeHeap<Item>();
      let model: Item[] = [];
      const all: Item[] = [];
      for (const [order, act] of steps.entries()) {
        if (act.do === "push") {
          const item = { time: act.time, order, slot: -1 };
          heap.push(item);
          model.push(item);
          all.push(item);
        } else if (act.do === "remove") {
          const item = all[act.which];
          if (item === undefined) continue;
          heap.remove(item);
          model = model.filter((other) => other !== item);
        } else {
          const first = model.toSorted((a, b) => a.time - b.time || a.order - b.order)[0];
          expect(heap.peek()).toBe(first);
          expect(heap.pop()).toBe(first);
          model = model.filter((other) => other !== first);
        }
        expect(heap.size).toBe(model.length);
      }
      heap.clear();
      expect(heap.pop()).toBeUndefined();
      expect(all.every((item) => item.slot === -1)).toBe(true);
    }),
  );
});
