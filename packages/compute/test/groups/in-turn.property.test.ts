import fc from "fast-check";
import { expect, test } from "vitest";

import { inTurn } from "../../src/groups/in-turn.ts";

test("every slot comes within as many calls as it takes to go round once", () => {
  const slots = fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      slots,
      fc.integer({ min: -1, max: 255 }),
      fc.integer({ min: 1, max: 8 }),
      (all, start, limit) => {
        let last = start;
        const seen = new Set<number>();
        for (let call = 0; call < Math.ceil(all.length / limit); call++) {
          const taken = inTurn(all, last, limit);
          expect(taken.length).toBe(Math.min(limit, all.length));
          expect(new Set(taken).size).toBe(taken.length);
          for (const slot of taken) seen.add(slot);
          last = taken.at(-1) ?? last;
        }
        expect(seen).toEqual(new Set(all));
      },
    ),
  );
});
