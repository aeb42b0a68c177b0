import { ManualClock } from "@selvage/testing";
import { expect, test } from "vitest";

import { CapabilityIndex, type CapabilityRequirement, CapabilitySet } from "../../src/index.ts";
import { plainAnnouncement, plainNodeId } from "../index/plain-announcement.ts";

const SETS: readonly CapabilitySet[] = [
  CapabilitySet.empty,
  CapabilitySet.empty.withHardware({ memoryGb: 256 }),
  CapabilitySet.empty.withHardware({ memoryGb: 128, gpus: [{ vramGb: 40 }, { vramGb: 40 }] }),
  CapabilitySet.empty.withHardware({ memoryGb: 8 }).withModels([
    { id: "a", tokensPerSec: 900, loaded: true },
    { id: "b", tokensPerSec: 100 },
  ]),
  CapabilitySet.empty.withModels([{ id: "c", tokensPerSec: 200, loaded: true }]),
];

function createIndex(sets: readonly CapabilitySet[] = SETS): CapabilityIndex {
  const index = new CapabilityIndex({ clock: new ManualClock() });
  for (const [n, capabilities] of sets.entries()) {
    index.apply(plainAnnouncement(n, { capabilities }));
  }
  return index;
}

/** Which of {@link SETS} is best. */
function best(requirement?: CapabilityRequirement, index = createIndex()): number {
  const nodeId = index.findBest(requirement)?.nodeId;
  return SETS.findIndex((_, n) => plainNodeId(n) === nodeId);
}

/** Of all that tie, the one that every node agrees upon. */
function lowest(...numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => (plainNodeId(a) < plainNodeId(b) ? -1 : 1))[0] ?? -1;
}

test.each<[CapabilityRequirement, number]>([
  [{ preferMoreMemory: 1 }, 1],
  [{ preferMoreVram: 1 }, 2],
  [{ preferFasterInference: 1 }, 3],
  [{ preferLoadedModels: 1 }, 4],
  // 1 + 0.5 · 1 against 1 + 0.5 · 128/256 + 0.3 · 80/80
  [{ preferMoreMemory: 0.5, preferMoreVram: 0.3 }, 2],
  [{ preferMoreMemory: 0.5, preferMoreVram: 0.2 }, 1],
  // 1 + 0.8 · 0.9 + 0.3 · 1/2 against 1 + 0.8 · 0.2 + 0.3 · 1
  [{ preferFasterInference: 0.8, preferLoadedModels: 0.3 }, 3],
  [{ preferFasterInference: 0.2, preferLoadedModels: 0.3 }, 4],
])("by %j the best is node %d", (requirement, expected) => {
  expect(best(requirement)).toBe(expected);
});

test("nodes that are equally good are told apart by their ids", () => {
  expect(best()).toBe(lowest(0, 1, 2, 3, 4));
  expect(best({ preferMoreMemory: 0 })).toBe(lowest(0, 1, 2, 3, 4));
  const enough = [256, 1_024].map((memoryGb) => CapabilitySet.empty.withHardware({ memoryGb }));
  expect(best({ preferMoreMemory: 1 }, createIndex(enough))).toBe(lowest(0, 1));
});

test("what a node must have counts before what it should have", () => {
  expect(best({ filter: { requireModels: ["c"] }, preferMoreMemory: 1 })).toBe(4);
  expect(best({ tags: ["hardware.gpu"], preferFasterInference: 1 })).toBe(2);
  expect(best({ filter: { minMemoryGb: 512 }, preferMoreMemory: 1 })).toBe(-1);
  const sets = [
    CapabilitySet.empty.withHardware({ memoryGb: 256 }).withTenantScope("other"),
    CapabilitySet.empty.withHardware({ memoryGb: 1 }),
  ];
  const scope = { kind: "tenant", tenant: "acme" } as const;
  expect(best({ scope, preferMoreMemory: 1 }, createIndex(sets))).toBe(1);
});

test("weights beyond 0 and 1 count as 0 and 1", () => {
  const heavy = { preferMoreMemory: 7, preferMoreVram: 1 };
  // With a weight of 7 it would be node 1.
  expect(best(heavy)).toBe(2);
  expect(best({ preferMoreMemory: -1 })).toBe(lowest(0, 1, 2, 3, 4));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "a weight of %d is refused",
  (weight) => {
    expect(() => best({ preferMoreVram: weight })).toThrow(RangeError);
    expect(() => best({ preferMoreVram: weight })).toThrow(/preferMoreVram must be finite/);
  },
);

test("a preference that there is not, or that is no number, is refused", () => {
  const misspelt = { preferMoreVRam: 1 } as CapabilityRequirement;
  expect(() => best(misspelt)).toThrow(/requirement has no property "preferMoreVRam"/);
  const text: object = { preferMoreVram: "1" };
  expect(() => best(text as CapabilityRequirement)).toThrow(/preferMoreVram must be a number/);
});
