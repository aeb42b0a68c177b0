import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  compilePredicate,
  matchesPredicate,
  MAX_EVALUATED_NODES,
  where,
} from "../../src/index.ts";

const gpu = where.tag("hardware.gpu").exists();
const memory = where.tag("hardware.memory_gb");
const owner = where.metadata("owner");

test("a predicate is plain immutable data in the kinds and fields of the wire", () => {
  const predicate = gpu.or(memory.atLeast(64));
  expect(JSON.parse(JSON.stringify(predicate))).toEqual({
    kind: "or",
    children: [
      { kind: "exists", key: { axis: "hardware", key: "gpu" } },
      { kind: "numeric_at_least", key: { axis: "hardware", key: "memory_gb" }, threshold: 64 },
    ],
  });
  expect(Object.isFrozen(predicate)).toBe(true);
  expect(predicate.kind === "or" && Object.isFrozen(predicate.children)).toBe(true);
  expect(gpu.kind === "exists" && Object.isFrozen(gpu.key)).toBe(true);
});

test("joining gives a new predicate and leaves the old one as it was", () => {
  const before = JSON.stringify(gpu);
  gpu.and(owner.exists()).or(memory.atMost(4)).not();
  expect(JSON.stringify(gpu)).toBe(before);
});

test("chained conditions of one kind are one list, and a change of kind takes all before it", () => {
  const a = where.metadata("a").exists();
  const b = where.metadata("b").exists();
  const c = where.metadata("c").exists();
  expect(a.and(b).and(c)).toEqual(where.all(a, b, c));
  expect(a.or(b).or(c)).toEqual(where.any(a, b, c));
  expect(a.or(b).and(c)).toEqual(where.all(where.any(a, b), c));
  expect(a.and(where.all(b, c))).toEqual(where.all(a, where.all(b, c)));
  expect(a.not()).toEqual(where.not(a));
});

test("conditions may be joined to predicates that were made by hand or read", () => {
  const byHand = { kind: "metadata_exists", key: "owner" } as const;
  const set = CapabilitySet.empty.withTags("hardware.gpu").withMetadata("owner", "alice");
  expect(matchesPredicate(gpu.and(byHand), set)).toBe(true);
  expect(matchesPredicate(where.not(byHand), set)).toBe(false);
});

describe("what could never be meant is refused", () => {
  test.each([Number.NaN, Infinity, -Infinity])("the threshold %d", (threshold) => {
    expect(() => memory.atLeast(threshold)).toThrow(RangeError);
    expect(() => memory.atMost(threshold)).toThrow(RangeError);
    expect(() => memory.between(threshold, 1)).toThrow(RangeError);
    expect(() => memory.between(1, threshold)).toThrow(RangeError);
    expect(() => owner.atLeast(threshold)).toThrow(`threshold must be finite, got ${threshold}`);
  });

  test("bounds in the wrong order", () => {
    expect(() => memory.between(2, 1)).toThrow(RangeError);
  });

  test("a version that is none", () => {
    const python = where.tag("software.runtime.python");
    expect(() => python.versionAtLeast("latest")).toThrow(RangeError);
    expect(() => python.versionAtMost("1.2.3.4")).toThrow(RangeError);
    expect(() => python.versionCompatible("")).toThrow('got ""');
  });

  test("a path that no tag can have", () => {
    expect(() => where.tag("gpu" as "hardware.gpu")).toThrow(TypeError);
    expect(() => where.tag("Hardware.gpu" as "hardware.gpu")).toThrow('got "Hardware.gpu"');
    expect(() => where.tag("software.os=linux")).toThrow(TypeError);
    expect(() => where.tag("software.os:linux")).toThrow(TypeError);
  });
});

test("what contains itself is refused instead of being followed for ever", () => {
  const knot: { kind: "not"; child: typeof gpu } = { kind: "not", child: gpu };
  Object.assign(knot, { child: where.all(gpu, knot) });
  expect(() => compilePredicate(knot)).toThrow(TypeError);
});

test("a predicate that doubles at every level is refused instead of being unrolled", () => {
  let bomb = where.all(gpu);
  for (let i = 0; i < 64; i++) bomb = where.all(bomb, bomb);
  expect(() => compilePredicate(bomb)).toThrow(RangeError);
});

test("what is evaluated has its limit exactly there", () => {
  const wide = (members: number) => where.any(...Array.from({ length: members }, () => gpu));
  expect(() => compilePredicate(wide(MAX_EVALUATED_NODES - 1))).not.toThrow();
  expect(() => compilePredicate(wide(MAX_EVALUATED_NODES))).toThrow(RangeError);
});
