import {
  type CapabilityEntry,
  CapabilitySet,
  matchesFilter,
  type PlacementFilter,
} from "@selvage/capability-index";
import { type NodeId, parseNodeId } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { requestFor } from "../../src/scheduler/placement-request.ts";
import { Scheduler, type SchedulerParts } from "../../src/scheduler/scheduler.ts";
import { daemonThat } from "../daemons.ts";
import { kindOf } from "../kind-of.ts";

const gpu = CapabilitySet.empty.withTags("hardware.gpu");
const id = (letter: string): NodeId => parseNodeId(letter.repeat(32));
const [a, b, c, d] = [id("a"), id("b"), id("c"), id("d")];

/** What an index knows, without a network: enough of it for placement. */
function indexOf(nodes: Readonly<Record<NodeId, CapabilitySet>>): SchedulerParts["index"] {
  const entries = Object.entries(nodes).map(([nodeId, capabilities]) => {
    const entry: Partial<CapabilityEntry> = { nodeId: parseNodeId(nodeId), capabilities };
    return entry as CapabilityEntry;
  });
  return {
    find: ({ filter = {}, tags = [] } = {}) =>
      entries.filter(
        ({ capabilities }) =>
          matchesFilter(filter, capabilities) && tags.every((tag) => capabilities.has(tag)),
      ),
    get: (nodeId) => entries.find((entry) => entry.nodeId === nodeId),
    isHidden: () => false,
  };
}

function schedulerOf(
  nodes: Readonly<Record<NodeId, CapabilitySet>>,
  parts: Partial<SchedulerParts> = {},
): Scheduler {
  return new Scheduler({
    index: indexOf(nodes),
    nodeId: a,
    localCapabilities: () => gpu,
    ...parts,
  });
}

/** Scores nodes by a table; who is not in it is vetoed. */
function scoring(scores: Readonly<Record<NodeId, number>>): PlacementFilter {
  return { placementScore: (nodeId) => scores[nodeId] };
}

const needsGpu = { requirements: { requireGpu: true } };

describe("place", () => {
  test("prefers this node where it may and can, announced or not", () => {
    expect(schedulerOf({ [b]: gpu }).place(needsGpu)).toMatchObject({
      nodeId: a,
      reason: "local-preferred",
      candidates: 2,
    });
    const unfit = schedulerOf({ [b]: gpu }, { localCapabilities: () => CapabilitySet.empty });
    expect(unfit.place(needsGpu)).toMatchObject({ nodeId: b, reason: "only-candidate" });
  });

  test("believes of this node what it says itself, not what it announced once", () => {
    const scheduler = schedulerOf(
      { [a]: gpu, [b]: gpu },
      { localCapabilities: () => CapabilitySet.empty },
    );
    expect(scheduler.place(needsGpu).nodeId).toBe(b);
    expect(schedulerOf({ [a]: gpu }).place(needsGpu).candidates).toBe(1);
  });

  test("passes over this node while it is drained, or not preferred and not the best", () => {
    const scheduler = schedulerOf({ [a]: gpu, [b]: gpu, [c]: gpu });
    expect(scheduler.place({ ...needsGpu, localDrained: true })).toMatchObject({
      nodeId: b,
      reason: "first-match",
      candidates: 2,
      excluded: [a],
    });
    expect(scheduler.place({ ...needsGpu, preferLocal: false })).toMatchObject({
      nodeId: a,
      reason: "first-match",
    });
  });

  test("takes only nodes that have what is required", () => {
    const both = gpu.withTags("software.os=linux");
    const scheduler = schedulerOf({ [b]: gpu, [c]: both });
    expect(scheduler.place({ ...needsGpu, required: both })).toMatchObject({
      nodeId: c,
      reason: "only-candidate",
    });
    expect(kindOf(() => scheduler.place({ requirements: { minMemoryGb: 1 } }))).toBe(
      "no-candidate",
    );
  });

  test("keeps away from excluded nodes, and says so", () => {
    const scheduler = schedulerOf({ [b]: gpu, [c]: gpu });
    expect(scheduler.place({ ...needsGpu, exclude: [a, b, d] })).toMatchObject({
      nodeId: c,
      reason: "only-candidate",
      excluded: [a, b],
    });
    expect(kindOf(() => scheduler.place({ ...needsGpu, exclude: new Set([a, b, c]) }))).toBe(
      "no-candidate",
    );
  });

  test("goes where it is pinned, whatever speaks against it", () => {
    const decision = schedulerOf({}).place({ ...needsGpu, pin: d, exclude: [d] });
    expect(decision).toMatchObject({ nodeId: d, reason: "pinned", considered: [] });
  });

  test("takes the best score, and tells how it came about", () => {
    const placement: PlacementFilter = {
      placementScore: (nodeId) => (nodeId === c ? 0.9 : 0.5),
      explain: (nodeId) => {
        const score = nodeId === c ? 0.9 : 0.5;
        return { score, axes: [{ axis: "resource", score }] };
      },
    };
    const scheduler = schedulerOf({ [b]: gpu, [c]: gpu }, { placement });
    expect(scheduler.place({ ...needsGpu, preferLocal: false })).toEqual({
      nodeId: c,
      reason: "best-score",
      candidates: 3,
      considered: [
        { nodeId: c, score: 0.9, axes: [{ axis: "resource", score: 0.9 }], rttMs: undefined },
        { nodeId: a, score: 0.5, axes: [{ axis: "resource", score: 0.5 }], rttMs: undefined },
        { nodeId: b, score: 0.5, axes: [{ axis: "resource", score: 0.5 }], rttMs: undefined },
      ],
      vetoed: [],
      excluded: [],
    });
  });

  test("honours a veto of this node, and counts a score that is no number as one", () => {
    const placement = scoring({ [b]: Number.NaN, [c]: 0.1, [d]: Number.POSITIVE_INFINITY });
    const scheduler = schedulerOf({ [b]: gpu, [c]: gpu, [d]: gpu }, { placement });
    expect(scheduler.place(needsGpu)).toMatchObject({
      nodeId: c,
      reason: "only-candidate",
      vetoed: [
        { nodeId: a, veto: "filter" },
        { nodeId: b, veto: "filter" },
        { nodeId: d, veto: "filter" },
      ],
    });
  });

  test("decides between equals by distance, then what is free, then the lower id", () => {
    const nodes = { [b]: gpu, [c]: gpu, [d]: gpu };
    const request = { ...needsGpu, localDrained: true };
    expect(schedulerOf(nodes).place(request).nodeId).toBe(b);
    const free = { freeResource: (nodeId: NodeId) => (nodeId === d ? 2 : 1) };
    expect(schedulerOf(nodes, { tieBreaks: free }).place(request).nodeId).toBe(d);
    const rtts: Readonly<Record<NodeId, number>> = { [c]: 3, [d]: 5 };
    const near = { ...free, rttMs: (nodeId: NodeId) => rtts[nodeId] };
    expect(schedulerOf(nodes, { tieBreaks: near }).place(request).nodeId).toBe(c);
  });

  test("decides the same whatever the order of the index", () => {
    const request = { ...needsGpu, localDrained: true };
    const forth = schedulerOf({ [b]: gpu, [c]: gpu, [d]: gpu }).place(request);
    const back = schedulerOf({ [d]: gpu, [c]: gpu, [b]: gpu }).place(request);
    expect(back).toEqual(forth);
  });

  test("lists no more nodes than can be looked through, and counts all", () => {
    const ids = Array.from({ length: 40 }, (_, i) => parseNodeId(String(i).padStart(32, "0")));
    const nodes = Object.fromEntries(ids.map((nodeId) => [nodeId, gpu]));
    const { considered, candidates, excluded } = schedulerOf(nodes).place({
      ...needsGpu,
      exclude: ids.slice(0, 20),
    });
    expect([considered.length, candidates, excluded.length]).toEqual([16, 21, 16]);
  });

  test("never chooses a node that failed", () => {
    const hidden = {
      ...indexOf({ [b]: gpu, [c]: gpu }),
      isHidden: (nodeId: NodeId) => nodeId === b,
    };
    const scheduler = schedulerOf({}, { index: hidden });
    expect(scheduler.place({ ...needsGpu, localDrained: true })).toMatchObject({
      nodeId: c,
      vetoed: [{ nodeId: b, veto: "unknown-node" }],
    });
  });

  test("refuses requirements with a property that there is none of", () => {
    const request = { requirements: { requiresGpu: true } as object };
    expect(() => schedulerOf({}).place(request)).toThrow(TypeError);
  });
});

describe("requestFor", () => {
  test("asks for what the daemon asks for", () => {
    const daemon = daemonThat({
      requirements: () => ({ requireGpu: true }),
      requiredCapabilities: () => gpu,
    });
    expect(requestFor(daemon)).toEqual({
      requirements: { requireGpu: true },
      required: gpu,
      optional: undefined,
    });
  });
});
