import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  debugPredicate,
  importPredicateReport,
  type PredicateReportParts,
  where,
} from "../../src/index.ts";

const gpu = where.tag("hardware.gpu").exists();
const memory = where.tag("hardware.memory_gb").atLeast(64);
const alice = where.metadata("owner").equals("alice");

const sets = [
  { tags: ["hardware.gpu", "hardware.memory_gb=128"], metadata: { owner: "alice" } },
  { tags: ["hardware.gpu", "hardware.memory_gb=32"], metadata: { owner: "alice" } },
  { tags: ["hardware.memory_gb=128"], metadata: { owner: "bob" } },
  { tags: [] },
].map((parts) => CapabilitySet.from(parts));

const plain = (report: PredicateReportParts): unknown => JSON.parse(JSON.stringify(report));

test("every clause is counted as often as it was asked", () => {
  expect(plain(debugPredicate(where.all(memory, gpu, alice), sets))).toEqual({
    total_candidates: 4,
    matched: 1,
    clause_stats: [
      { label: "And(3 clauses)", evaluated: 4, matched: 1 },
      { label: "Exists(hardware.gpu)", evaluated: 2, matched: 2 },
      { label: "MetadataEquals(owner=alice)", evaluated: 4, matched: 2 },
      { label: "NumericAtLeast(hardware.memory_gb >= 64)", evaluated: 2, matched: 1 },
    ],
  });
});

test("clauses that say the same are counted together, more often than there are candidates", () => {
  const twice = where.any(where.all(gpu, alice), where.all(gpu, memory));
  const { clause_stats } = debugPredicate(twice, sets.slice(2));
  expect(clause_stats).toEqual([
    { label: "And(2 clauses)", evaluated: 4, matched: 0 },
    { label: "Exists(hardware.gpu)", evaluated: 2, matched: 0 },
    { label: "MetadataEquals(owner=alice)", evaluated: 2, matched: 0 },
    { label: "Or(2 clauses)", evaluated: 2, matched: 0 },
  ]);
});

test("labels come in the order of their bytes", () => {
  const keys = ["\u{1F980}", "\uFF5E", "b", "a"];
  const { clause_stats } = debugPredicate(
    where.any(...keys.map((key) => where.metadata(key).exists())),
    sets,
  );
  expect(clause_stats.map(({ label }) => label)).toEqual([
    "MetadataExists(a)",
    "MetadataExists(b)",
    "MetadataExists(\uFF5E)",
    "MetadataExists(\u{1F980})",
    "Or(4 clauses)",
  ]);
});

test("over nobody nothing is counted", () => {
  const report = debugPredicate(gpu, []);
  expect(plain(report)).toEqual({ total_candidates: 0, matched: 0, clause_stats: [] });
  expect(report.render()).toBe(
    ["predicate report", "----------------", "0 of 0 candidates match (0.0 %)"].join("\n"),
  );
});

test("a report is rendered with a share of one decimal for each clause", () => {
  expect(debugPredicate(where.all(gpu, memory), sets.slice(0, 3)).render()).toBe(
    [
      "predicate report",
      "----------------",
      "1 of 3 candidates match (33.3 %)",
      "And(2 clauses): 1 of 3 (33.3 %)",
      "Exists(hardware.gpu): 2 of 3 (66.7 %)",
      "NumericAtLeast(hardware.memory_gb >= 64): 1 of 2 (50.0 %)",
    ].join("\n"),
  );
});

describe("redacted", () => {
  const owner = where.metadata("owner");
  const priority = where.metadata("priority");
  const told = debugPredicate(
    where.any(
      owner.exists(),
      owner.equals("alice"),
      owner.equals("bob"),
      owner.contains('li"c'),
      priority.atLeast(5),
      where.tag("software.owner").equals("alice"),
    ),
    [CapabilitySet.empty],
  );

  const labels = (report: PredicateReportParts) => report.clause_stats.map(({ label }) => label);

  test("what the listed keys are compared with is gone, and nothing else", () => {
    expect(told.redactMetadata(["owner"]).clause_stats).toEqual([
      { label: "Equals(software.owner=alice)", evaluated: 1, matched: 0 },
      { label: "MetadataEquals(owner=<redacted>)", evaluated: 2, matched: 0 },
      { label: "MetadataExists(owner)", evaluated: 1, matched: 0 },
      { label: 'MetadataMatches(owner contains "<redacted>")', evaluated: 1, matched: 0 },
      { label: "MetadataNumericAtLeast(priority >= 5)", evaluated: 1, matched: 0 },
      { label: "Or(6 clauses)", evaluated: 1, matched: 0 },
    ]);
    expect(labels(told.redactMetadata(["priority"]))).toContain(
      "MetadataNumericAtLeast(priority >= <redacted>)",
    );
  });

  test("an imported report is redacted alike", () => {
    const imported = importPredicateReport(
      JSON.parse(JSON.stringify(told)) as PredicateReportParts,
    );
    for (const keys of [[], ["owner"], ["priority"], ["owner", "priority"], ["own"]]) {
      expect(plain(imported.redactMetadata(keys))).toEqual(plain(told.redactMetadata(keys)));
    }
  });

  test("without keys, and a second time, nothing changes", () => {
    expect(plain(told.redactMetadata([]))).toEqual(plain(told));
    const once = told.redactMetadata(["owner"]);
    expect(plain(once.redactMetadata(["owner"]))).toEqual(plain(once));
  });

  test("the report itself stays as it was", () => {
    told.redactMetadata(["owner"]);
    expect(labels(told)).toContain("MetadataEquals(owner=alice)");
  });

  test("keys that look like labels are told apart where the clauses are known", () => {
    const report = debugPredicate(
      where.any(where.metadata("a").equals("b=secret"), where.metadata("a=b").equals("open")),
      [CapabilitySet.empty],
    );
    expect(labels(report.redactMetadata(["a"]))).toEqual([
      "MetadataEquals(a=<redacted>)",
      "MetadataEquals(a=b=open)",
      "Or(2 clauses)",
    ]);
    expect(labels(report.redactMetadata(["a=b"]))).toEqual([
      "MetadataEquals(a=b=<redacted>)",
      "MetadataEquals(a=b=secret)",
      "Or(2 clauses)",
    ]);
  });

  test("where only labels are known rather too much is hidden", () => {
    const report = importPredicateReport({
      total_candidates: 1,
      matched: 0,
      clause_stats: [{ label: "MetadataEquals(a=b=secret)", evaluated: 1, matched: 0 }],
    });
    expect(labels(report.redactMetadata(["a=b", "a"]))).toEqual(["MetadataEquals(a=<redacted>)"]);
    expect(labels(report.redactMetadata(["a=b"]))).toEqual(["MetadataEquals(a=b=<redacted>)"]);
    expect(labels(report.redactMetadata(["b"]))).toEqual(["MetadataEquals(a=b=secret)"]);
  });

  test("one label of two clauses is counted as one until they are told apart", () => {
    const report = debugPredicate(
      where.any(where.metadata("a").equals("b=c"), where.metadata("a=b").equals("c")),
      [CapabilitySet.empty],
    );
    expect(report.clause_stats[0]).toEqual({
      label: "MetadataEquals(a=b=c)",
      evaluated: 2,
      matched: 0,
    });
    expect(labels(report.redactMetadata(["a=b"]))).toEqual([
      "MetadataEquals(a=b=<redacted>)",
      "MetadataEquals(a=b=c)",
      "Or(2 clauses)",
    ]);
  });
});

test.each([
  { total_candidates: -1, matched: 0, clause_stats: [] },
  { total_candidates: 1, matched: 0.5, clause_stats: [] },
  { total_candidates: 1, matched: 0, clause_stats: {} },
  { total_candidates: 1, matched: 0, clause_stats: [{ label: 1, evaluated: 0, matched: 0 }] },
  { total_candidates: 1, matched: 0, clause_stats: [{ label: "Not", evaluated: "1", matched: 0 }] },
  { total_candidates: 1, matched: 0, clause_stats: [{ label: "Not", evaluated: 1 }] },
])("what is no report is not imported: %j", (parts: unknown) => {
  expect(() => importPredicateReport(parts as PredicateReportParts)).toThrow(TypeError);
});
