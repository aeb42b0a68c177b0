import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  type CapabilityFilter,
  CapabilityIndex,
  type CapabilityQuery,
  CapabilitySet,
  matchesFilter,
} from "../../src/index.ts";
import { plainAnnouncement } from "../index/plain-announcement.ts";

const node = CapabilitySet.empty
  .withTags("a", "software.os=linux")
  .withHardware({
    memoryGb: 64,
    gpus: [
      { vendor: "nvidia", vramGb: 24 },
      { vendor: "amd", vramGb: 8 },
    ],
  })
  .withModels([
    { id: "m1", contextLength: 8_192, modalities: ["text", "image"] },
    { id: "m2", contextLength: 32_768, modalities: ["audio"] },
  ])
  .withTools([{ toolId: "t1", name: "search" }]);

const matching: readonly CapabilityFilter[] = [
  {},
  { requireTags: [] },
  { requireTags: ["a", "software.os:linux", "hardware.gpu"] },
  { requireModels: [], requireTools: [], requireModalities: [] },
  { requireModels: ["m2"] },
  { requireModels: ["unknown", "m1"], requireTools: ["t1", "unknown"] },
  { minMemoryGb: 64 },
  { minMemoryGb: 0 },
  { requireGpu: true },
  { requireGpu: false },
  { gpuVendor: "nvidia" },
  { gpuVendor: "amd" },
  { minVramGb: 32 },
  { minContextLength: 32_768 },
  { requireModalities: ["text", "audio"] },
];

const failing: readonly CapabilityFilter[] = [
  { requireTags: ["a", "b"] },
  { requireTags: ["software.os"] },
  { requireTags: ["hardware.gpu=yes"] },
  { requireModels: ["unknown"] },
  { requireModels: ["m1"], requireTools: ["unknown"] },
  { minMemoryGb: 65 },
  { gpuVendor: "intel" },
  { gpuVendor: "unknown" },
  { minVramGb: 33 },
  { minContextLength: 32_769 },
  { requireModalities: ["text", "video"] },
];

describe("a filter", () => {
  const index = new CapabilityIndex({ clock: new ManualClock() });
  for (let n = 0; n < 5; n++) index.apply(plainAnnouncement(n));
  index.apply(plainAnnouncement(5, { capabilities: node }));
  const isFound = (filter: CapabilityFilter): boolean =>
    index.find({ filter }).some(({ capabilities }) => capabilities.equals(node));

  test.each(matching)("%j is met, and finds", (filter) => {
    expect([matchesFilter(filter, node), isFound(filter)]).toEqual([true, true]);
  });

  test.each(failing)("%j is not met, and does not find", (filter) => {
    expect([matchesFilter(filter, node), isFound(filter)]).toEqual([false, false]);
  });

  test("takes what is not said for nothing", () => {
    const silent = CapabilitySet.empty;
    expect(matchesFilter({ minMemoryGb: 0, minContextLength: 0 }, silent)).toBe(false);
    expect(matchesFilter({ minMemoryGb: 0 }, silent)).toBe(true);
    expect(matchesFilter({ minMemoryGb: 1 }, silent)).toBe(false);
    const unreadable = CapabilitySet.empty.withTags("hardware.memory_gb=lots");
    expect(matchesFilter({ minMemoryGb: 1 }, unreadable)).toBe(false);
  });

  test("asks for a GPU where it asks for something of one", () => {
    const odd = CapabilitySet.empty.withTags(
      "hardware.gpu.vendor=nvidia",
      "hardware.gpu.vram_gb=80",
    );
    expect(matchesFilter({ gpuVendor: "nvidia" }, odd)).toBe(false);
    expect(matchesFilter({ minVramGb: 0 }, odd)).toBe(false);
    expect(matchesFilter({ gpuVendor: "nvidia" }, odd.withTags("hardware.gpu"))).toBe(true);
  });

  test("knows a GPU of no known make", () => {
    const other = CapabilitySet.empty.withHardware({ gpus: [{ vramGb: 8 }] });
    expect(matchesFilter({ gpuVendor: "unknown" }, other)).toBe(true);
  });

  test.each<[object, RegExp]>([
    [{ minVramMb: 24_000 }, /filter has no property "minVramMb"/],
    [{ requireTag: ["a"] }, /filter has no property "requireTag"/],
    [{ requireTags: "a" }, /requireTags must be a list/],
    [{ requireModels: [1] }, /requireModels must be a list of texts/],
    [{ requireGpu: "no" }, /requireGpu must be true or false/],
    [{ gpuVendor: 1 }, /gpuVendor must be a text/],
    [{ minMemoryGb: "64" }, /minMemoryGb must be a number/],
  ])("%j is refused", (filter, message) => {
    expect(() => matchesFilter(filter, node)).toThrow(TypeError);
    expect(() => matchesFilter(filter, node)).toThrow(message);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("refuses a size of %d", (size) => {
    for (const property of ["minMemoryGb", "minVramGb", "minContextLength"]) {
      expect(() => matchesFilter({ [property]: size }, node)).toThrow(RangeError);
    }
  });
});

test.each<[object, RegExp]>([
  [{ tag: ["a"] }, /query has no property "tag"/],
  [{ tags: "a" }, /tags must be a list/],
  [{ filter: { minVramMb: 1 } }, /filter has no property "minVramMb"/],
])("a query such as %j is refused and not answered too widely", (query, message) => {
  const index = new CapabilityIndex({ clock: new ManualClock() });
  const asked = query as CapabilityQuery;
  expect(() => index.find(asked)).toThrow(message);
  expect(() => index.findBest(asked)).toThrow(TypeError);
  expect(() => index.watch(asked)).toThrow(TypeError);
});
