import type { OriginHash } from "@selvage/identity";
import fc from "fast-check";
import { expect, test } from "vitest";

import { type EventIdentity, ProducerTable } from "../../src/daemon/producer-table.ts";
import { isComputeError } from "../../src/errors.ts";
import { ByteReader } from "../../src/wire/byte-reader.ts";
import { ByteWriter } from "../../src/wire/byte-writer.ts";

const LIMITS = { maxProducers: 3, maxOutcomesPerProducer: 3, maxOutcomeBytes: 20 * 7 };

/** Five producers, of which the first two share a bucket. */
const producers = ["00", "00", "01", "02", "03"].map(
  (bucket, i) => `${bucket}${String(i).padStart(30, "0")}` as OriginHash,
);

const command = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      producer: fc.constantFrom(...producers),
      incarnation: fc.integer({ min: 1, max: 4 }),
      sequence: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant("restore" as const) },
);

function keyOf({ producer, incarnation, sequence }: EventIdentity): string {
  return `${producer} ${incarnation} ${sequence}`;
}

function restored(table: ProducerTable, lastIndex: number): ProducerTable {
  const writer = new ByteWriter();
  table.encode(writer);
  const bytes = writer.finish();
  expect(bytes.length).toBe(table.encodedBytes);
  const reader = new ByteReader("bad-snapshot", bytes);
  const again = ProducerTable.decode(reader, lastIndex, LIMITS);
  reader.end();
  return again;
}

test("no event is applied twice, none answered falsely, and none refused without cause", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      let table = new ProducerTable(LIMITS);
      // The reference forgets nothing: every event ever applied, and what came of it.
      const applied = new Map<string, number>();
      const newest = new Map<OriginHash, number>();
      for (const step of commands) {
        if (step === "restore") {
          table = restored(table, applied.size);
          continue;
        }
        const key = keyOf(step);
        try {
          const outcome = table.find(step);
          // What is answered from memory is what was, and what is not known was never applied.
          expect(outcome?.index).toBe(applied.get(key));
          if (outcome !== undefined) continue;
          applied.set(key, applied.size + 1);
          table.record(step, { index: applied.size, outputs: [] });
          newest.set(step.producer, Math.max(step.incarnation, newest.get(step.producer) ?? 0));
          expect(table.find(step)?.index).toBe(applied.size);
        } catch (error) {
          if (isComputeError(error, "stale-incarnation")) {
            expect(newest.get(step.producer)).toBeGreaterThan(step.incarnation);
          } else if (isComputeError(error, "outcome-expired")) {
            expect(table.stats().expiredOutcomes).toBeGreaterThanOrEqual(0);
            expect(newest.get(step.producer)).toBe(step.incarnation);
          } else if (isComputeError(error, "producer-expired")) {
            // Somebody of this bucket was forgotten, who was not older.
            const bucket = step.producer.slice(0, 2);
            const known = [...newest].filter(([id]) => id.startsWith(bucket));
            expect(Math.max(...known.map(([, n]) => n))).toBeGreaterThanOrEqual(step.incarnation);
          } else {
            throw error;
          }
        }
        const { producers: count, outcomes, outcomeBytes } = table.stats();
        expect(count).toBeLessThanOrEqual(LIMITS.maxProducers);
        expect(outcomes).toBeLessThanOrEqual(7);
        expect(outcomeBytes).toBe(outcomes * 20);
      }
    }),
    { numRuns: 300 },
  );
});

test("a table that went through bytes answers as before", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const table = new ProducerTable(LIMITS);
      let index = 0;
      const answer = (from: ProducerTable, step: EventIdentity): unknown => {
        try {
          return from.find(step)?.index;
        } catch (error) {
          return isComputeError(error) ? error.message : error;
        }
      };
      for (const step of commands) {
        if (step === "restore" || answer(table, step) !== undefined) continue;
        table.record(step, { index: ++index, outputs: [] });
      }
      const again = restored(table, index);
      for (const producer of producers) {
        for (let incarnation = 1; incarnation <= 4; incarnation++) {
          for (let sequence = 1; sequence <= 8; sequence++) {
            const step = { producer, incarnation, sequence };
            expect(answer(again, step)).toEqual(answer(table, step));
          }
        }
      }
    }),
  );
});
