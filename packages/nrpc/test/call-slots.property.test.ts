import fc from "fast-check";
import { expect, test } from "vitest";

import { CallSlots, type Place } from "../src/server/call-slots.ts";

type Step = "come" | "end" | "drain" | { readonly leave: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant("come" as const) },
  { weight: 4, arbitrary: fc.constant("end" as const) },
  { weight: 2, arbitrary: fc.record({ leave: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant("drain" as const) },
);

test("slots go round first come first served, none is lost, and none given twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(step, { maxLength: 80 }),
      async (limit, queueLimit, steps) => {
        const slots = new CallSlots(limit, queueLimit);
        let running = 0;
        const queue: { readonly place: Place; readonly number: number }[] = [];
        const turns: number[] = [];
        let arrivals = 0;
        for (const one of steps) {
          if (one === "come") {
            const number = arrivals++;
            const isFree = running < limit;
            expect(slots.take()).toBe(isFree);
            if (isFree) running++;
            else {
              const place = slots.queue();
              expect(place !== undefined).toBe(queue.length < queueLimit);
              if (place === undefined) continue;
              queue.push({ place, number });
              void place.turn.then((turn) => turn === "turn" && turns.push(number));
            }
          } else if (one === "end") {
            if (running === 0) continue;
            slots.release();
            const next = queue.shift();
            if (next === undefined) running--;
            await Promise.resolve();
            if (next !== undefined) expect(turns.at(-1)).toBe(next.number);
          } else if (one === "drain") {
            slots.drain();
            for (const { place } of queue.splice(0)) expect(await place.turn).toBe("draining");
          } else if (queue.length > 0) {
            const [left] = queue.splice(one.leave % queue.length, 1);
            left?.place.leave();
          }
          expect([slots.taken, slots.waiting]).toEqual([running, queue.length]);
        }
      },
    ),
  );
});

test("who leaves in the moment of getting a slot gives it back", async () => {
  const slots = new CallSlots(1, 1);
  slots.take();
  const place = slots.queue();
  slots.release();
  expect(await place?.turn).toBe("turn");
  place?.leave();
  await Promise.resolve();
  expect(slots.taken).toBe(0);
});
