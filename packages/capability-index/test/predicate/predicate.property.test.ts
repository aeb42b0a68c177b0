import fc from "fast-check";
import { expect, test } from "vitest";

import {
  CapabilitySet,
  type ClauseTrace,
  compilePredicate,
  debugPredicate,
  decodePredicate,
  encodePredicate,
  filterByPredicate,
  importPredicateReport,
  isCapabilityError,
  matchesPredicate,
  type PredicateReportParts,
  readWhereHeader,
  tracePredicate,
  WHERE_HEADER,
  whereHeader,
} from "../../src/index.ts";
import { predicate, row } from "./arbitraries.ts";
import { holds } from "./naive-model.ts";

test("a predicate means what its parts mean, whatever the order of asking", () => {
  fc.assert(
    fc.property(predicate, row, (predicate, row) => {
      const set = CapabilitySet.from(row);
      const expected = holds(predicate, row);
      expect(matchesPredicate(predicate, set)).toBe(expected);
      expect(tracePredicate(predicate, set).result).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test("a compiled predicate answers for every set as it would for that one alone", () => {
  fc.assert(
    fc.property(predicate, fc.array(row, { maxLength: 6 }), (predicate, rows) => {
      const compiled = compilePredicate(predicate);
      const expected = rows.filter((row) => holds(predicate, row));
      expect(rows.filter((row) => compiled(CapabilitySet.from(row)))).toEqual(expected);
      expect(filterByPredicate(rows, predicate, (row) => CapabilitySet.from(row))).toEqual(
        expected,
      );
    }),
  );
});

test("what is written is read as it was, also through a header", () => {
  fc.assert(
    fc.property(predicate, (predicate) => {
      const wire: unknown = JSON.parse(JSON.stringify(encodePredicate(predicate)));
      const read = decodePredicate(wire);
      expect(read).toEqual(predicate);
      expect(encodePredicate(read)).toEqual(wire);
      const size = JSON.stringify(wire).length;
      if (size > 4_096) return;
      expect(readWhereHeader(Object.entries(whereHeader(predicate)))).toEqual(predicate);
    }),
  );
});

test("in a written table every child stands before its parent, and the root is last", () => {
  fc.assert(
    fc.property(predicate, (predicate) => {
      const { nodes, root_idx } = encodePredicate(predicate);
      expect(root_idx).toBe(nodes.length - 1);
      for (const [at, node] of nodes.entries()) {
        const children = "children" in node ? node.children : "child" in node ? [node.child] : [];
        for (const child of children) expect(child).toBeLessThan(at);
      }
    }),
  );
});

/** Tables in which anything may be wrong, and much is right. */
const garbage = fc.record(
  {
    nodes: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.array(
          fc.oneof(
            fc.record(
              {
                kind: fc.oneof(
                  fc.constantFrom(
                    "and",
                    "or",
                    "not",
                    "exists",
                    "equals",
                    "numeric_in_range",
                    "metadata_exists",
                  ),
                  fc.string(),
                ),
                key: fc.oneof(
                  fc.record({
                    axis: fc.constantFrom("hardware", "software", "x"),
                    key: fc.string(),
                  }),
                  fc.jsonValue(),
                ),
                value: fc.jsonValue(),
                min: fc.oneof(fc.double(), fc.jsonValue()),
                max: fc.double(),
                child: fc.oneof(fc.nat(6), fc.jsonValue()),
                children: fc.oneof(fc.array(fc.nat(6)), fc.jsonValue()),
              },
              { requiredKeys: ["kind"] },
            ),
            fc.jsonValue(),
          ),
        ),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    root_idx: fc.oneof(fc.nat(6), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test("whatever arrives is a predicate, or refused as a bad one for a reason", () => {
  fc.assert(
    fc.property(fc.oneof(garbage, fc.anything(), fc.jsonValue()), (wire) => {
      try {
        matchesPredicate(decodePredicate(wire), CapabilitySet.empty);
      } catch (error) {
        if (!isCapabilityError(error, "bad-predicate")) throw error;
        expect(error.reason).toEqual(expect.any(String));
      }
    }),
    { numRuns: 3_000 },
  );
});

test("whatever a header holds is a predicate, or refused as a bad one for a reason", () => {
  const value = fc.oneof(
    fc.string(),
    fc.json(),
    garbage.map((wire) => JSON.stringify(wire)),
  );
  fc.assert(
    fc.property(value, (value) => {
      try {
        readWhereHeader([[WHERE_HEADER, value]]);
      } catch (error) {
        if (!isCapabilityError(error, "bad-predicate")) throw error;
        expect(error.reason).toEqual(expect.any(String));
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a report counts every clause of every trace", () => {
  fc.assert(
    fc.property(predicate, fc.array(row, { maxLength: 5 }), (predicate, rows) => {
      const sets = rows.map((row) => CapabilitySet.from(row));
      const report = debugPredicate(predicate, sets);
      const traces = sets.map((set) => tracePredicate(predicate, set));
      const clauses = traces.flatMap(flatten);
      expect(report.total_candidates).toBe(rows.length);
      expect(report.matched).toBe(traces.filter(({ result }) => result).length);
      const labels = [...new Set(clauses.map(({ label }) => label))].toSorted();
      expect(report.clause_stats).toEqual(
        labels.map((label) => {
          const same = clauses.filter((clause) => clause.label === label);
          const matched = same.filter(({ result }) => result).length;
          return { label, evaluated: same.length, matched };
        }),
      );
    }),
  );
});

test("hiding values changes no sums, and hides alike in an imported report", () => {
  fc.assert(
    fc.property(predicate, row, fc.subarray(["a", "b", "toString"]), (predicate, row, keys) => {
      const report = debugPredicate(predicate, [CapabilitySet.from(row)]);
      const imported = importPredicateReport(
        JSON.parse(JSON.stringify(report)) as PredicateReportParts,
      );
      const redacted = report.redactMetadata(keys);
      const total = ({ clause_stats }: PredicateReportParts) =>
        clause_stats.reduce((sum, { evaluated }) => sum + evaluated, 0);
      expect(total(redacted)).toBe(total(report));
      expect(JSON.stringify(imported.redactMetadata(keys))).toBe(JSON.stringify(redacted));
      for (const { label } of redacted.clause_stats) {
        const told = /^Metadata(?:Equals|Matches|NumericAtLeast)\((a|b|toString)\b/.exec(
          label,
        )?.[1];
        if (told !== undefined && keys.includes(told)) expect(label).toContain("<redacted>");
      }
    }),
  );
});

function flatten(trace: ClauseTrace): ClauseTrace[] {
  return [trace, ...trace.children.flatMap(flatten)];
}
