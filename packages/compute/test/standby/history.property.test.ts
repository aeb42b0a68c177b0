import { parseNodeId } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { Term } from "../../src/daemon/term.ts";
import { MAX_HISTORY_TERMS } from "../../src/defaults.ts";
import {
  commonThrough,
  extendHistory,
  type History,
  NO_HISTORY,
} from "../../src/standby/history.ts";
import { decodeHistory, encodeHistory } from "../../src/standby/message-codec.ts";

const term = (number: number): Term => ({ number, coordinator: parseNodeId("c".repeat(32)) });

function historyOf(terms: readonly number[]): History {
  return terms.reduce((history, number) => extendHistory(history, term(number)), NO_HISTORY);
}

/** Terms of entries; an active writes behind what it has, so they never fall. */
const terms = fc
  .array(fc.integer({ min: 1, max: 6 }), { maxLength: 30 })
  .map((numbers) => numbers.toSorted((a, b) => a - b));

test("two members have in common what one had when the other went on in a term of its own", () => {
  fc.assert(
    fc.property(terms, terms, terms, (shared, ours, theirs) => {
      // Nobody writes in a term of the other.
      const a = historyOf([...shared, ...ours.map((number) => 10 + 2 * number)]);
      const b = historyOf([...shared, ...theirs.map((number) => 11 + 2 * number)]);
      expect(commonThrough(a, b)).toBe(shared.length);
      expect(commonThrough(b, a)).toBe(shared.length);
    }),
  );
});

test("a copy that is behind has all that it has in common", () => {
  fc.assert(
    fc.property(terms, fc.nat(), (all, n) => {
      const part = all.slice(0, n % (all.length + 1));
      expect(commonThrough(historyOf(all), historyOf(part))).toBe(part.length);
    }),
  );
});

test("a history is the same when it was encoded", () => {
  fc.assert(
    fc.property(terms, (numbers) => {
      const history = historyOf(numbers);
      expect(decodeHistory(encodeHistory(history))).toEqual(history);
    }),
  );
});

test("a history forgets the oldest terms, and claims nothing about them", () => {
  const many = Array.from({ length: MAX_HISTORY_TERMS + 10 }, (_, i) => i + 1);
  const history = historyOf(many);
  expect(history.starts).toHaveLength(MAX_HISTORY_TERMS);
  expect(commonThrough(history, historyOf([1, 2, 3]))).toBe(0);
  expect(commonThrough(history, history)).toBe(many.length);
});
