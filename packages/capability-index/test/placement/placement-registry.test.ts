import { expect, test } from "vitest";

import { type PlacementFilter, PlacementRegistry } from "../../src/index.ts";

const a: PlacementFilter = { placementScore: () => 1 };
const b: PlacementFilter = { placementScore: () => 0 };

test("an id that is taken stays with its filter, and nothing is counted for the other", () => {
  const registry = new PlacementRegistry();
  expect(registry.register("mine", a, "first")).toBe(true);
  expect(registry.register("mine", b, "second")).toBe(false);
  expect(registry.get("mine")).toBe(a);
  expect(registry.invocations()).toEqual({ first: 1 });
});

test("filters are counted by label, whoever shares it, and the count outlives them", () => {
  const registry = new PlacementRegistry();
  registry.register("a", a, "shared");
  registry.register("b", b, "shared");
  registry.register("c", b);
  registry.get("a");
  registry.get("b");
  registry.get("nobody");
  expect(registry.unregister("a")).toBe(true);
  expect(registry.unregister("a")).toBe(false);
  expect(registry.get("a")).toBeUndefined();
  expect(registry.invocations()).toEqual({ shared: 2, c: 0 });
  registry.register("a", a, "shared");
  registry.get("a");
  expect(registry.invocations()).toEqual({ shared: 3, c: 0 });
});

test("who names no id gets the next free one", () => {
  const registry = new PlacementRegistry();
  registry.register("pf-2", a);
  expect(registry.add(a)).toBe("pf-1");
  expect(registry.add(b)).toBe("pf-3");
  expect(registry.get("pf-3")).toBe(b);
  registry.unregister("pf-3");
  expect(registry.add(b)).toBe("pf-4");
});

test("labels may have any name", () => {
  const registry = new PlacementRegistry();
  registry.register("a", a, "__proto__");
  registry.get("a");
  expect(Object.entries(registry.invocations())).toEqual([["__proto__", 1]]);
});
