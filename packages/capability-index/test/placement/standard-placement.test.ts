import { silentLogger } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  type Artifact,
  CapabilityIndex,
  CapabilitySet,
  type PlacementFilter,
  PlacementRegistry,
  StandardPlacement,
} from "../../src/index.ts";
import { announce, identity } from "../fixtures.ts";
import { daemon, NODE, nodeId, scoreOn } from "./placement-fixtures.ts";

const { empty } = CapabilitySet;

const always = (score: number | undefined): PlacementFilter => ({ placementScore: () => score });

describe("a veto", () => {
  test("for nodes of which nothing is known", () => {
    const placement = new StandardPlacement({ targets: new Map() });
    expect(placement.placementScore(NODE, daemon())).toBeUndefined();
    expect(placement.explain(NODE, daemon())).toEqual({
      score: undefined,
      veto: "unknown-node",
      axes: [],
    });
  });

  test("for daemons, without every required tag, however it is written", () => {
    const artifact = daemon({ tags: ["hardware.gpu", "software.os=linux"] });
    const linux = empty.withTags("software.os:linux");
    expect(scoreOn(linux, {}, { artifact })).toBeUndefined();
    expect(scoreOn(linux.withTags("hardware.gpu=h100"), {}, { artifact })).toBeUndefined();
    expect(scoreOn(linux.withTags("hardware.gpu"), {}, { artifact })).toBe(1);
  });

  test("never for what would only be welcome, nor for chains", () => {
    const optional = empty.withTags("hardware.gpu");
    expect(scoreOn(empty, {}, { artifact: { kind: "daemon", required: empty, optional } })).toBe(1);
    expect(scoreOn(empty, {}, { artifact: { kind: "chain", capabilities: optional } })).toBe(1);
    expect(scoreOn(empty, {}, { artifact: { kind: "replica", capabilities: optional } })).toBe(1);
  });

  describe("for blobs", () => {
    const GIB = 1_024 ** 3;
    const store = empty.withTags("dataforts.blob.storage", "dataforts.blob.disk_free_gb=2");
    const score = (capabilities: CapabilitySet, sizeBytes: number) =>
      scoreOn(capabilities, {}, { artifact: { kind: "blob", hash: "ab", sizeBytes } });

    test("without storage, or room for all of it", () => {
      expect(score(store, 2 * GIB)).toBe(1);
      expect(score(store, 2 * GIB + 1)).toBeUndefined();
      expect(score(store, 0)).toBe(1);
      expect(score(store.withoutTags("dataforts.blob.storage"), 1)).toBeUndefined();
      expect(score(store.withoutTags("dataforts.blob.disk_free_gb=2"), 1)).toBeUndefined();
      expect(
        score(empty.withTags("dataforts.blob.storage", "dataforts.blob.disk_free_gb=much"), 1),
      ).toBeUndefined();
    });

    test("where the storage is not well", () => {
      expect(score(store.withTags("dataforts.blob.unhealthy"), 1)).toBeUndefined();
    });
  });

  test("by the custom filter, before anything else is looked at", () => {
    const filters = new PlacementRegistry();
    filters.register("mine", always(undefined));
    const targets = new Map([[NODE, { capabilities: empty }]]);
    const placement = new StandardPlacement({ targets, filters }, { customFilterId: "mine" });
    expect(placement.explain(NODE, daemon({ tags: ["hardware.gpu"] })).veto).toBe("custom");
  });

  test("by a custom filter that gives what is no score", () => {
    const filters = new PlacementRegistry();
    filters.register("mine", always(Number.NaN));
    expect(scoreOn(empty, { customFilterId: "mine" }, { filters })).toBeUndefined();
  });
});

test("a custom filter that is missing vetoes everything, and that is told once", () => {
  const warnings: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: object) => warnings.push({ message, ...fields }),
  };
  const filters = new PlacementRegistry();
  const targets = new Map([1, 2].map((n) => [nodeId(n), { capabilities: empty }]));
  const placement = new StandardPlacement({ targets, filters, logger }, { customFilterId: "mine" });

  expect(placement.explain(nodeId(1), daemon()).veto).toBe("unknown-filter");
  expect(placement.explain(nodeId(2), daemon()).veto).toBe("unknown-filter");
  expect(warnings).toEqual([{ message: "no placement filter of this id", id: "mine" }]);

  filters.register("mine", always(0.5));
  expect(placement.placementScore(nodeId(1), daemon())).toBe(0.5);
  filters.unregister("mine");
  expect(placement.placementScore(nodeId(1), daemon())).toBeUndefined();
  expect(warnings).toHaveLength(2);
});

describe("the score", () => {
  const chain = "00112233445566aa";
  const artifact: Artifact = daemon({ metadata: { "colocate-with": chain } });
  const config = { colocation: "soft", resources: "compute", scopes: ["region:eu"] } as const;
  const targets = new Map([
    [nodeId(1), { capabilities: empty.withTags("hardware.cpu_cores=8").withRegionScope("eu") }],
    [nodeId(2), { capabilities: empty.withTags("hardware.cpu_cores=8") }],
  ]);

  test("is the product of what counts, and says so in the order of looking", () => {
    const placement = new StandardPlacement({ targets, concentration: () => 0.9 }, config);
    const { score, axes, veto } = placement.explain(nodeId(1), artifact);
    expect(score).toBeCloseTo(0.7 * 0.5 * 0.4, 12);
    expect(veto).toBeUndefined();
    expect(axes).toEqual([
      { axis: "scope", score: 1 },
      { axis: "colocation", score: 0.7 },
      { axis: "resource", score: 0.5 },
      { axis: "anti-affinity", score: 0.4 },
    ]);
  });

  test("ends at the first 0", () => {
    let asked = 0;
    const concentration = () => asked++;
    const placement = new StandardPlacement({ targets, concentration }, config);
    expect(placement.explain(nodeId(2), artifact)).toEqual({
      score: 0,
      axes: [{ axis: "scope", score: 0 }],
    });
    expect(asked).toBe(0);
  });

  test.each([
    [0.5, 0.5],
    [2, 1],
    [-1, 0],
  ])("has a custom score of %d as the factor %d", (given, factor) => {
    const filters = new PlacementRegistry();
    filters.register("mine", always(given));
    const parts = { targets, filters };
    const placement = new StandardPlacement(parts, {
      customFilterId: "mine",
      resources: "compute",
    });
    const { score, axes } = placement.explain(nodeId(2), artifact);
    expect(score).toBe(factor * 0.5);
    expect(axes[0]).toEqual({ axis: "custom", score: factor });
  });
});

test("an index tells of its nodes, but not to place on one that failed", () => {
  using index = new CapabilityIndex({ clock: new ManualClock() });
  index.apply(announce(1, { tags: ["hardware.gpu"] }));
  const placement = new StandardPlacement({ targets: index });
  const { nodeId } = identity(1);
  const artifact = daemon({ tags: ["hardware.gpu"] });
  expect(placement.placementScore(nodeId, artifact)).toBe(1);
  expect(placement.explain(identity(2).nodeId, artifact).veto).toBe("unknown-node");
  index.hide(nodeId);
  expect(placement.explain(nodeId, artifact).veto).toBe("unknown-node");
  index.unhide(nodeId);
  expect(placement.placementScore(nodeId, artifact)).toBe(1);
});

test("a configuration that makes no sense is refused", () => {
  const targets = new Map<never, never>();
  expect(() => new StandardPlacement({ targets }, { maxRttMs: -1 })).toThrow(RangeError);
  expect(() => new StandardPlacement({ targets }, { maxRttMs: Number.NaN })).toThrow(RangeError);
  expect(() => new StandardPlacement({ targets }, { customFilterId: "mine" })).toThrow(TypeError);
});
