import { expect, test } from "vitest";

import {
  CapabilitySet,
  type ClauseTrace,
  type Predicate,
  tracePredicate,
  where,
} from "../../src/index.ts";
import { totalCost } from "../../src/predicate/cost.ts";

const gpu = where.tag("hardware.gpu").exists();
const memory = where.tag("hardware.memory_gb").atLeast(64);
const python = where.tag("software.runtime.python").versionAtLeast("3.10");
const intent = where.metadata("intent").exists();

const set = CapabilitySet.empty
  .withTags("hardware.gpu", "hardware.memory_gb=32")
  .withMetadata("intent", "serve");

const leaf = (label: string, result: boolean): ClauseTrace => ({ label, result, children: [] });

test("what was asked is told in the order of asking: the cheapest first", () => {
  expect(tracePredicate(where.all(python, memory, gpu, intent), set)).toEqual({
    label: "And(4 clauses)",
    result: false,
    children: [
      leaf("MetadataExists(intent)", true),
      leaf("Exists(hardware.gpu)", true),
      leaf("NumericAtLeast(hardware.memory_gb >= 64)", false),
    ],
  });
});

test("of what costs the same the first written is asked first", () => {
  const trace = tracePredicate(
    where.any(
      where.tag("hardware.b").exists(),
      where.tag("hardware.a").exists(),
      where.tag("hardware.gpu").exists(),
      where.tag("hardware.c").exists(),
    ),
    set,
  );
  expect(trace.children.map(({ label }) => label)).toEqual([
    "Exists(hardware.b)",
    "Exists(hardware.a)",
    "Exists(hardware.gpu)",
  ]);
  expect(trace.result).toBe(true);
});

test("a list costs what its members cost together, and a negation what it negates", () => {
  const pair = where.all(intent, where.metadata("owner").exists()); // 20, as `exists`, but written later
  const trace = tracePredicate(where.any(where.not(memory), gpu.not(), pair), CapabilitySet.empty);
  expect(trace.children).toEqual([
    { label: "Not", result: true, children: [leaf("Exists(hardware.gpu)", false)] },
  ]);
  const other = tracePredicate(where.any(pair, gpu), CapabilitySet.empty);
  expect(other.children.map(({ label }) => label)).toEqual([
    "And(2 clauses)",
    "Exists(hardware.gpu)",
  ]);
});

test("a negation tells what it negates as it was", () => {
  expect(tracePredicate(where.not(gpu.or(python)), set)).toEqual({
    label: "Not",
    result: false,
    children: [
      { label: "Or(2 clauses)", result: true, children: [leaf("Exists(hardware.gpu)", true)] },
    ],
  });
});

test("lists of nothing have an answer and no parts", () => {
  expect(tracePredicate(where.all(), set)).toEqual(leaf("And(0 clauses)", true));
  expect(tracePredicate(where.any(), set)).toEqual(leaf("Or(0 clauses)", false));
});

test("costs stop growing at 32 bits", () => {
  const huge = { cost: 0xffff_fff0 };
  expect(totalCost([huge, { cost: 10 }])).toBe(0xffff_fffa);
  expect(totalCost([huge, { cost: 60 }])).toBe(0xffff_ffff);
  expect(totalCost([huge, huge, huge])).toBe(0xffff_ffff);
});

test("depth costs no call stack", () => {
  let deep: Predicate = gpu;
  for (let i = 0; i < 20_000; i++) deep = where.not(deep);
  let levels = 0;
  for (let at: ClauseTrace | undefined = tracePredicate(deep, set); at; at = at.children[0])
    levels++;
  expect(levels).toBe(20_001);
});
