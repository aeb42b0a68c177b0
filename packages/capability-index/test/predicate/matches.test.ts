import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  compilePredicate,
  filterByPredicate,
  matchesPredicate,
  type Predicate,
  where,
} from "../../src/index.ts";

function matches(predicate: Predicate, tags: string[], metadata: Record<string, string> = {}) {
  return matchesPredicate(predicate, CapabilitySet.from({ tags, metadata }));
}

const memory = where.tag("hardware.memory_gb");
const gpu = where.tag("hardware.gpu");
const os = where.tag("software.os");
const python = where.tag("software.runtime.python");
const always = where.all();
const never = where.any();

describe("tags", () => {
  test("a tag exists with a value or without, under exactly its key", () => {
    expect(matches(gpu.exists(), ["hardware.gpu"])).toBe(true);
    expect(matches(gpu.exists(), ["hardware.gpu=h100"])).toBe(true);
    expect(matches(gpu.exists(), ["hardware.gpu.vendor=nvidia"])).toBe(false);
    expect(matches(gpu.exists(), ["hardware.gpus"])).toBe(false);
    expect(matches(gpu.exists(), ["software.gpu"])).toBe(false);
    expect(matches(gpu.exists(), ["gpu"])).toBe(false);
  });

  test("the separator has no meaning, and later ones belong to the value", () => {
    expect(matches(os.equals("linux"), ["software.os:linux"])).toBe(true);
    expect(matches(os.equals("a=b:c"), ["software.os:a=b:c"])).toBe(true);
    expect(matches(os.equals("a"), ["software.os=a=b"])).toBe(false);
  });

  test("any of several values may meet a condition", () => {
    const tags = ["hardware.memory_gb=8", "hardware.memory_gb=lots", "hardware.memory_gb=128"];
    expect(matches(memory.atLeast(64), tags)).toBe(true);
    expect(matches(memory.atMost(8), tags)).toBe(true);
    expect(matches(memory.equals("128"), tags)).toBe(true);
    expect(matches(memory.startsWith("lo"), tags)).toBe(true);
    expect(matches(memory.between(9, 127), tags)).toBe(false);
    expect(matches(memory.atLeast(64).not(), tags)).toBe(false);
  });

  test("a tag without a value meets nothing but its existence", () => {
    expect(matches(gpu.equals(""), ["hardware.gpu"])).toBe(false);
    expect(matches(gpu.startsWith(""), ["hardware.gpu"])).toBe(false);
    expect(matches(gpu.contains(""), ["hardware.gpu"])).toBe(false);
    expect(matches(gpu.atMost(0), ["hardware.gpu"])).toBe(false);
    expect(matches(gpu.equals(""), ["hardware.gpu="])).toBe(true);
    expect(matches(gpu.startsWith(""), ["hardware.gpu="])).toBe(true);
  });

  test("bounds are part of what they bound", () => {
    expect(matches(memory.atLeast(64), ["hardware.memory_gb=64"])).toBe(true);
    expect(matches(memory.atMost(64), ["hardware.memory_gb=64"])).toBe(true);
    expect(matches(memory.between(64, 64), ["hardware.memory_gb=64.0"])).toBe(true);
    expect(matches(memory.atLeast(64), ["hardware.memory_gb=63.999"])).toBe(false);
  });

  test("infinite values compare, and what is no number does not", () => {
    expect(matches(memory.atLeast(64), ["hardware.memory_gb=inf"])).toBe(true);
    expect(matches(memory.atMost(64), ["hardware.memory_gb=-Infinity"])).toBe(true);
    for (const value of ["nan", "0x80", "0b11111111", "", "128 ", "1_000"]) {
      expect(matches(memory.atLeast(0), [`hardware.memory_gb=${value}`])).toBe(false);
      expect(matches(memory.atMost(1e9), [`hardware.memory_gb=${value}`])).toBe(false);
    }
  });

  test("versions compare by number", () => {
    expect(matches(python.versionAtLeast("3.9"), ["software.runtime.python=3.11.5"])).toBe(true);
    expect(matches(python.versionAtMost("3.9"), ["software.runtime.python=3.11.5"])).toBe(false);
    expect(matches(python.versionCompatible("3.9"), ["software.runtime.python=3.11.5"])).toBe(true);
    expect(matches(python.versionAtLeast("3"), ["software.runtime.python=3.0.0-rc1"])).toBe(true);
    expect(matches(python.versionAtLeast("0"), ["software.runtime.python=three"])).toBe(false);
  });

  test("a version to compare with that cannot be read meets nothing, also where it was received", () => {
    const key = { axis: "software", key: "runtime.python" } as const;
    const clause: Predicate = { kind: "semver_at_least", key, version: "three" };
    expect(matches(clause, ["software.runtime.python=3.11.5"])).toBe(false);
    expect(matches(where.not(clause), ["software.runtime.python=3.11.5"])).toBe(true);
  });

  test("a key with a separator in it is no key of any tag", () => {
    const key = { axis: "software", key: "os=a" } as const;
    expect(matches({ kind: "equals", key, value: "b" }, ["software.os=a=b"])).toBe(false);
    expect(matches({ kind: "exists", key }, ["software.os=a=b", "software.os=a"])).toBe(false);
  });

  test("patterns are texts, not regular expressions", () => {
    expect(matches(os.contains("l.nux"), ["software.os=linux"])).toBe(false);
    expect(matches(os.contains("inu"), ["software.os=linux"])).toBe(true);
    expect(matches(os.startsWith("inu"), ["software.os=linux"])).toBe(false);
  });
});

describe("metadata", () => {
  const owner = where.metadata("owner");

  test("is compared as text, and as a number where asked", () => {
    expect(matches(owner.exists(), [], { owner: "" })).toBe(true);
    expect(matches(owner.equals("alice"), [], { owner: "alice" })).toBe(true);
    expect(matches(owner.contains("lic"), [], { owner: "alice" })).toBe(true);
    expect(matches(where.metadata("priority").atLeast(5), [], { priority: "9" })).toBe(true);
    expect(matches(where.metadata("priority").atLeast(5), [], { priority: "0x9" })).toBe(false);
    expect(matches(owner.equals(""), [], {})).toBe(false);
    expect(matches(owner.contains(""), [], {})).toBe(false);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "size"])(
    "%s is not there unless somebody wrote it",
    (key) => {
      const set = (json: string) => CapabilitySet.from({ metadata: JSON.parse(json) });
      expect(matchesPredicate(where.metadata(key).exists(), set("{}"))).toBe(false);
      expect(matchesPredicate(where.metadata(key).contains(""), set("{}"))).toBe(false);
      expect(matchesPredicate(where.metadata(key).equals("x"), set(`{"${key}":"x"}`))).toBe(true);
    },
  );
});

describe("joined", () => {
  test("all of nothing is true, any of nothing is false", () => {
    expect(matches(always, [])).toBe(true);
    expect(matches(never, [])).toBe(false);
    expect(matches(where.all(always, never), [])).toBe(false);
    expect(matches(where.any(never, always), [])).toBe(true);
    expect(matches(where.not(where.any(where.all(), never)), [])).toBe(false);
  });

  test("the contrary of a condition on what cannot be read is true", () => {
    expect(matches(memory.atLeast(64).not(), ["hardware.memory_gb=lots"])).toBe(true);
    expect(matches(memory.atLeast(64).not(), [])).toBe(true);
  });

  test("no leaf is asked that cannot change the answer", () => {
    const asked: string[] = [];
    const subject = {
      hasKey: (axis: string, key: string) => asked.push(`${axis}.${key}`) > 0,
      values: (axis: string, key: string) => {
        asked.push(`${axis}.${key}`);
        return [];
      },
      metadata: new Map<string, string>(),
    };
    const costly = python.versionAtLeast("3");
    expect(matchesPredicate(where.any(costly, gpu.exists()), subject)).toBe(true);
    expect(matchesPredicate(where.all(costly, memory.atLeast(1)), subject)).toBe(false);
    expect(asked).toEqual(["hardware.gpu", "hardware.memory_gb"]);
  });

  test("depth costs no call stack", () => {
    let deep: Predicate = gpu.exists();
    for (let i = 0; i < 50_000; i++) deep = where.not(deep);
    expect(matches(deep, ["hardware.gpu"])).toBe(true);
    expect(matches(where.not(deep), ["hardware.gpu"])).toBe(false);
  });
});

describe("rows", () => {
  const rows = [8, 64, 16].map((gb) => ({
    name: `node-${gb}`,
    capabilities: CapabilitySet.empty.withTags(`hardware.memory_gb=${gb}`),
  }));

  test("those that meet the predicate stay, in their order", () => {
    const found = filterByPredicate(rows, memory.atLeast(16), ({ capabilities }) => capabilities);
    expect(found.map(({ name }) => name)).toEqual(["node-64", "node-16"]);
    const sets = rows.map(({ capabilities }) => capabilities);
    expect(filterByPredicate(sets, memory.atMost(8))).toEqual([sets[0]]);
  });

  test("without a predicate all of them stay", () => {
    const sets = rows.map(({ capabilities }) => capabilities);
    expect(filterByPredicate(sets, undefined)).toEqual(sets);
  });
});

test("one compiled predicate serves many sets", () => {
  const roomy = compilePredicate(memory.atLeast(64));
  expect(roomy(CapabilitySet.empty.withTags("hardware.memory_gb=64"))).toBe(true);
  expect(roomy(CapabilitySet.empty)).toBe(false);
});

test("what is no predicate is refused by the name of its kind", () => {
  const empty = CapabilitySet.empty;
  expect(() => matchesPredicate({ kind: "foo" } as never, empty)).toThrow(
    'a predicate is what where… builds or decodePredicate reads, got kind "foo"',
  );
  expect(() => matchesPredicate((() => true) as never, empty)).toThrow("got function");
});
