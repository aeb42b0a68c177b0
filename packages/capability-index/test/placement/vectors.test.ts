import { parseNodeId } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { CapabilitySet, type CapabilitySetParts, StandardPlacement } from "../../src/index.ts";
import { readSharedVectors } from "../shared-vectors.ts";

interface Vectors {
  readonly abi_version_expected: number;
  readonly cases: readonly {
    readonly name: string;
    readonly config: { readonly scope_filter?: readonly string[] };
    readonly candidate: CapabilitySetParts & { readonly node_id: string };
    readonly artifact: {
      readonly kind: "daemon";
      readonly required: CapabilitySetParts;
      readonly optional: CapabilitySetParts;
    };
    readonly expected_score: number | null;
  }[];
}

const vectors = readSharedVectors("placement_score.json") as Vectors | undefined;

describe.runIf(vectors !== undefined)("published placement scores", () => {
  test("are of the version known", () => {
    expect(vectors?.abi_version_expected).toBe(1);
  });

  // Those who published them judge resources by default; no case announces any.
  const runs = (vectors?.cases ?? []).flatMap((vector) => [
    { ...vector, defaults: {} },
    {
      ...vector,
      name: `${vector.name}, resources judged`,
      defaults: { resources: "compute" } as const,
    },
  ]);

  test.each(runs)("$name", ({ config, defaults, candidate, artifact, expected_score }) => {
    const nodeId = parseNodeId(candidate.node_id.slice(2).padStart(32, "0"));
    const targets = new Map([[nodeId, { capabilities: CapabilitySet.from(candidate) }]]);
    const placement = new StandardPlacement(
      { targets },
      { ...defaults, scopes: config.scope_filter },
    );
    const score = placement.placementScore(nodeId, {
      kind: artifact.kind,
      required: CapabilitySet.from(artifact.required),
      optional: CapabilitySet.from(artifact.optional),
    });
    // JSON has no `undefined`.
    if (expected_score === null) expect(score).toBeUndefined();
    else expect(score).toBeCloseTo(expected_score, 6);
  });
});
