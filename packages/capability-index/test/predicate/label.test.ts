import { expect, test } from "vitest";

import { where } from "../../src/index.ts";
import { labelOf } from "../../src/predicate/label.ts";
import { quoted } from "../../src/predicate/quoted.ts";

const memory = where.tag("hardware.memory_gb");
const python = where.tag("software.runtime.python");
const model = where.tag("hardware.gpu.model");
const owner = where.metadata("owner");

test.each([
  [where.tag("hardware.gpu").exists(), "Exists(hardware.gpu)"],
  [where.tag("hardware.gpu.vendor").equals("nvidia"), "Equals(hardware.gpu.vendor=nvidia)"],
  [memory.atLeast(64), "NumericAtLeast(hardware.memory_gb >= 64)"],
  [memory.atMost(0.5), "NumericAtMost(hardware.memory_gb <= 0.5)"],
  [memory.between(32, 1e21), "NumericInRange(hardware.memory_gb in [32, 1000000000000000000000])"],
  [python.versionAtLeast("3.10"), "SemverAtLeast(software.runtime.python >= 3.10)"],
  [python.versionAtMost("3.12.0"), "SemverAtMost(software.runtime.python <= 3.12.0)"],
  [python.versionCompatible("3.1.0"), "SemverCompatible(software.runtime.python ~= 3.1.0)"],
  [model.startsWith("NVIDIA"), 'StringPrefix(hardware.gpu.model starts with "NVIDIA")'],
  [model.contains('H"100'), String.raw`StringMatches(hardware.gpu.model contains "H\"100")`],
  [owner.exists(), "MetadataExists(owner)"],
  [owner.equals("alice"), "MetadataEquals(owner=alice)"],
  [owner.contains("@x"), 'MetadataMatches(owner contains "@x")'],
  [where.metadata("priority").atLeast(5), "MetadataNumericAtLeast(priority >= 5)"],
  [where.all(), "And(0 clauses)"],
  [where.any(owner.exists()), "Or(1 clauses)"],
  [where.not(owner.exists()), "Not"],
])("$kind is told in words", (clause, label) => {
  expect(labelOf(clause)).toBe(label);
});

test.each([
  ["plain", '"plain"'],
  ["it's", '"it\'s"'],
  ['"\\', String.raw`"\"\\"`],
  ["a\tb\nc\rd\0", String.raw`"a\tb\nc\rd\0"`],
  ["\u007F\u0001\u001B", String.raw`"\u{7f}\u{1}\u{1b}"`],
  ["a b\u00A0c", String.raw`"a b\u{a0}c"`],
  ["é 漢 🦀", '"é 漢 🦀"'],
  ["e\u0301", String.raw`"e\u{301}"`],
  ["\u200B\u2028", String.raw`"\u{200b}\u{2028}"`],
  ["\u{F0000}", String.raw`"\u{f0000}"`],
])("%j is quoted on one line", (text, expected) => {
  expect(quoted(text)).toBe(expected);
});
