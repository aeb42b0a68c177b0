import fc from "fast-check";
import { expect, test } from "vitest";

import { RecoveryRegistry } from "../../src/recovery/recovery-registry.ts";

const ascending = (a: number, b: number): number => a - b;

/** What one handler does each time that it runs. */
interface Script {
  readonly throwsAt: number;
  readonly registersAt: number;
  readonly runsAllAt: number;
}

const script = fc.record({
  throwsAt: fc.integer({ min: 0, max: 6 }),
  registersAt: fc.integer({ min: 0, max: 6 }),
  runsAllAt: fc.integer({ min: 0, max: 6 }),
});

test("whatever handlers do, each one runs at most once per run, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(script, { maxLength: 6 }), (scripts) => {
      const registry = new RecoveryRegistry();
      const alive = new Set<number>();
      const runsInTick: number[] = [];
      let lastId = 0;
      const add = ({ throwsAt, registersAt, runsAllAt }: Script): void => {
        const id = lastId++;
        let calls = 0;
        alive.add(id);
        registry.register(() => {
          runsInTick.push(id);
          const call = calls++;
          if (call === registersAt) add({ throwsAt: 9, registersAt: 9, runsAllAt: 9 });
          if (call === runsAllAt) registry.tryRunAll();
          if (call === throwsAt) {
            alive.delete(id);
            throw new Error(`handler ${id}`);
          }
          return [id];
        });
      };
      for (const each of scripts) add(each);
      for (let tick = 0; tick < 8; tick++) {
        runsInTick.length = 0;
        const before = [...alive];
        registry.tryRunAll();
        expect(runsInTick.filter((id) => before.includes(id)).toSorted(ascending)).toEqual(
          before.toSorted(ascending),
        );
        expect(registry.len()).toBe(alive.size);
      }
    }),
  );
});
