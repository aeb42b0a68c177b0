import fc from "fast-check";
import { expect, test } from "vitest";

import {
  CapabilitySet,
  PlacementRegistry,
  rankPlacements,
  StandardPlacement,
  type StandardPlacementConfig,
} from "../../src/index.ts";
import { daemon, nodeId } from "./placement-fixtures.ts";

const wild = fc.oneof(
  fc.double(),
  fc.constantFrom(undefined, Number.NaN, Infinity, -Infinity, 0, 1, 0.3, 20),
);
const amount = fc.constantFrom("0", "8", "1e15", "1e16", "-3", "lots", "inf", "nan", "");
const chain = fc.constantFrom("00aa", "00bb");

const capabilities = fc
  .record({
    tags: fc.array(
      fc.oneof(
        fc.constantFrom(
          "hardware.gpu",
          "scope:region:eu",
          "scope:tenant:a",
          "devices.x",
          "nat:open",
        ),
        fc
          .tuple(
            fc.constantFrom("hardware.cpu_cores", "hardware.gpu.vram_gb", "dataforts.capacity_gb"),
            amount,
          )
          .map(([key, value]) => `${key}=${value}`),
        chain.map((hash) => `causal:${hash}`),
      ),
      { maxLength: 6 },
    ),
  })
  .map((parts) => CapabilitySet.from(parts));

const node = fc.record({ capabilities, rttMs: wild, share: wild, custom: wild, free: wild });

const config: fc.Arbitrary<StandardPlacementConfig> = fc.record(
  {
    scopes: fc.subarray(["region:eu", "scope:tenant:a"]),
    maxRttMs: fc.constantFrom(0, 20, Infinity),
    intent: fc.constantFrom("strict", "any-of-local"),
    colocation: fc.constantFrom("soft", "strict"),
    resources: fc.constantFrom("compute", "storage", "both"),
    customFilterId: fc.constant("mine"),
  },
  { requiredKeys: [] },
);

const artifact = fc
  .record({
    tags: fc.subarray(["hardware.gpu", "nat:open"], { maxLength: 1 }),
    metadata: fc.record(
      {
        intent: fc.constantFrom("cpu-bound", "sensor-telemetry", "unheard-of"),
        "colocate-with": chain,
        "colocate-with-strict": chain,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ tags, metadata }) => daemon({ tags, metadata: { ...metadata } }));

const mesh = fc.record({ nodes: fc.array(node, { maxLength: 6 }), config, artifact });

function setUp({
  nodes,
  config,
}: Pick<typeof mesh extends fc.Arbitrary<infer T> ? T : never, "nodes" | "config">) {
  const byId = new Map(nodes.map((node, i) => [nodeId(i), node]));
  const filters = new PlacementRegistry();
  filters.register("mine", { placementScore: (id) => byId.get(id)?.custom });
  const filter = new StandardPlacement(
    {
      targets: byId,
      filters,
      rttMs: (id) => byId.get(id)?.rttMs,
      concentration: (id) => byId.get(id)?.share,
    },
    config,
  );
  const tieBreaks = {
    rttMs: (id: ReturnType<typeof nodeId>) => byId.get(id)?.rttMs,
    freeResource: (id: ReturnType<typeof nodeId>) => byId.get(id)?.free,
  };
  return { filter, tieBreaks, candidates: [...byId.keys()] };
}

test("a score is between 0 and 1, and the product of the axes it names", () => {
  fc.assert(
    fc.property(mesh, ({ artifact, ...mesh }) => {
      const { filter, candidates } = setUp(mesh);
      for (const id of candidates) {
        const { score, veto, axes } = filter.explain(id, artifact);
        expect(score === undefined).toBe(veto !== undefined);
        expect(filter.placementScore(id, artifact)).toBe(score);
        if (score === undefined) continue;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(score).toBe(axes.reduce((product, axis) => product * axis.score, 1));
      }
    }),
    { numRuns: 500 },
  );
});

test("a ranking does not depend on the order of the candidates, and loses none", () => {
  const shuffled = mesh.chain((mesh) =>
    fc.record({
      mesh: fc.constant(mesh),
      order: fc.shuffledSubarray([...mesh.nodes.keys()], { minLength: mesh.nodes.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ mesh, order }) => {
      const { filter, tieBreaks, candidates } = setUp(mesh);
      const ranking = rankPlacements(candidates, mesh.artifact, filter, tieBreaks);
      const other = rankPlacements(order.map(nodeId), mesh.artifact, filter, tieBreaks);
      expect(other).toEqual(ranking);
      expect(ranking.placements.length + ranking.vetoed.length).toBe(candidates.length);
      const scores = ranking.placements.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }),
    { numRuns: 500 },
  );
});
