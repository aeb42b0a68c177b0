import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  decodePredicate,
  encodePredicate,
  isCapabilityError,
  matchesPredicate,
  MAX_PREDICATE_DEPTH,
  MAX_PREDICATE_NODES,
  type Predicate,
  type PredicateFault,
  where,
} from "../../src/index.ts";

const key = { axis: "hardware", key: "gpu" };
const leaf = { kind: "exists", key };
const gpu = where.tag("hardware.gpu").exists();

function faultOf(wire: unknown): PredicateFault | undefined {
  try {
    decodePredicate(wire);
    return undefined;
  } catch (error) {
    if (!isCapabilityError(error, "bad-predicate")) throw error;
    return error.reason;
  }
}

test("leaves come before what they are part of, in the order of writing, and the whole is last", () => {
  const memory = where.tag("hardware.memory_gb").atLeast(64);
  const intent = where.metadata("intent").equals("serve");
  expect(encodePredicate(where.all(gpu.or(memory), intent.not()))).toEqual({
    nodes: [
      { kind: "exists", key },
      { kind: "numeric_at_least", key: { axis: "hardware", key: "memory_gb" }, threshold: 64 },
      { kind: "or", children: [0, 1] },
      { kind: "metadata_equals", key: "intent", value: "serve" },
      { kind: "not", child: 3 },
      { kind: "and", children: [2, 4] },
    ],
    root_idx: 5,
  });
});

test("what was read is immutable", () => {
  const predicate = decodePredicate({
    nodes: [leaf, { kind: "and", children: [0, 0] }],
    root_idx: 1,
  });
  expect(Object.isFrozen(predicate)).toBe(true);
  expect(predicate.kind === "and" && Object.isFrozen(predicate.children)).toBe(true);
  const [first] = predicate.kind === "and" ? predicate.children : [];
  expect(Object.isFrozen(first) && first?.kind === "exists" && Object.isFrozen(first.key)).toBe(
    true,
  );
});

test("a chain of ten thousand negations is written, and refused by who reads it", () => {
  let deep: Predicate = gpu;
  for (let i = 0; i < 10_000; i++) deep = where.not(deep);
  const wire = encodePredicate(deep);
  expect(wire.nodes).toHaveLength(10_001);
  expect(wire.root_idx).toBe(10_000);
  expect(faultOf(wire)).toBe("too-many-nodes");
});

test("a part that stands in several places is written once", () => {
  const wire = encodePredicate(where.any(gpu.and(where.all()), gpu));
  expect(wire.nodes.filter(({ kind }) => kind === "exists")).toHaveLength(1);
  expect(decodePredicate(JSON.parse(JSON.stringify(wire)))).toEqual(
    JSON.parse(JSON.stringify(where.any(gpu.and(where.all()), gpu))),
  );
});

test.each([Number.NaN, Infinity, -Infinity])("%d cannot be written", (threshold) => {
  const byHand: Predicate = { kind: "metadata_numeric_at_least", key: "priority", threshold };
  expect(() => encodePredicate(where.not(byHand))).toThrow(RangeError);
});

describe("limits count what the table stands for, not its length", () => {
  const chain = (levels: number) => ({
    nodes: [leaf, ...Array.from({ length: levels - 1 }, (_, i) => ({ kind: "not", child: i }))],
    root_idx: levels - 1,
  });
  const flat = (members: number) => ({
    nodes: [leaf, { kind: "or", children: Array.from({ length: members }, () => 0) }],
    root_idx: 1,
  });

  test("depth", () => {
    expect(faultOf(chain(MAX_PREDICATE_DEPTH))).toBeUndefined();
    expect(faultOf(chain(MAX_PREDICATE_DEPTH + 1))).toBe("too-deep");
  });

  test("nodes", () => {
    expect(faultOf(flat(MAX_PREDICATE_NODES - 1))).toBeUndefined();
    expect(faultOf(flat(MAX_PREDICATE_NODES))).toBe("too-many-nodes");
  });

  test("nodes that nobody uses", () => {
    const unused = (nodes: number) => ({
      nodes: Array.from({ length: nodes }, () => leaf),
      root_idx: 0,
    });
    expect(faultOf(unused(MAX_PREDICATE_NODES))).toBeUndefined();
    expect(faultOf(unused(MAX_PREDICATE_NODES + 1))).toBe("too-many-nodes");
  });

  test("a small table that doubles at every level", () => {
    const doubling = Array.from({ length: 60 }, (_, i) => ({ kind: "and", children: [i, i] }));
    expect(faultOf({ nodes: [leaf, ...doubling], root_idx: 60 })).toBe("too-many-nodes");
    expect(faultOf({ nodes: [leaf, ...doubling], root_idx: 11 })).toBeUndefined();
  });
});

describe("a table that cannot be read is refused for a reason", () => {
  const join = { kind: "and", children: [0] };

  test.each<[PredicateFault, unknown]>([
    ["bad-node", null],
    ["bad-node", []],
    ["bad-node", "[]"],
    ["bad-node", {}],
    ["bad-node", { nodes: {}, root_idx: 0 }],
    ["bad-node", Object.create({ nodes: [leaf], root_idx: 0 })],
    ["empty", { nodes: [], root_idx: 0 }],
    ["bad-index", { nodes: [leaf] }],
    ["bad-index", { nodes: [leaf], root_idx: "0" }],
    ["bad-index", { nodes: [leaf], root_idx: -1 }],
    ["bad-index", { nodes: [leaf], root_idx: 0.5 }],
    ["bad-index", { nodes: [leaf], root_idx: 2 ** 53 }],
    ["root-out-of-bounds", { nodes: [leaf], root_idx: 1 }],
    ["child-out-of-bounds", { nodes: [leaf, { kind: "and", children: [0, 2] }], root_idx: 1 }],
    ["child-out-of-bounds", { nodes: [{ kind: "not", child: 9 }], root_idx: 0 }],
    ["cycle", { nodes: [{ kind: "not", child: 0 }], root_idx: 0 }],
    ["cycle", { nodes: [{ kind: "not", child: 1 }, leaf], root_idx: 0 }],
    ["cycle", { nodes: [leaf, { kind: "or", children: [0, 1] }], root_idx: 1 }],
    ["bad-index", { nodes: [leaf, { kind: "and", children: [0, null] }], root_idx: 1 }],
    ["bad-index", { nodes: [leaf, { kind: "not" }], root_idx: 1 }],
    ["bad-node", { nodes: [leaf, { kind: "and" }], root_idx: 1 }],
    ["bad-node", { nodes: [null], root_idx: 0 }],
    ["bad-node", { nodes: [{}], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "constructor" }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "__proto__" }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "Exists", key }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "exists" }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "exists", key: "hardware.gpu" }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "exists", key: { axis: "hardware" } }], root_idx: 0 }],
    ["bad-axis", { nodes: [{ kind: "exists", key: { axis: "gpu", key: "x" } }], root_idx: 0 }],
    ["bad-axis", { nodes: [{ kind: "exists", key: { axis: "", key: "x" } }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "equals", key, value: 1 }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "numeric_at_least", key, threshold: "64" }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "numeric_at_least", key, threshold: null }], root_idx: 0 }],
    [
      "bad-node",
      JSON.parse(
        '{"nodes":[{"kind":"metadata_numeric_at_least","key":"p","threshold":1e999}],"root_idx":0}',
      ),
    ],
    ["bad-node", { nodes: [{ kind: "numeric_in_range", key, min: 1 }], root_idx: 0 }],
    ["bad-node", { nodes: [{ kind: "metadata_exists", key }], root_idx: 0 }],
    // Also where nobody uses the node.
    ["cycle", { nodes: [leaf, { kind: "not", child: 1 }, join], root_idx: 2 }],
  ])("%s: %j", (fault, wire) => {
    expect(faultOf(wire)).toBe(fault);
  });

  test("without repeating what it says", () => {
    const wire = { nodes: [{ kind: "my-secret", key: "my-secret" }], root_idx: 0 };
    expect(() => decodePredicate(wire)).toThrow(
      "[bad-predicate] node 0 of a predicate has an unknown kind",
    );
  });
});

test("the root may stand anywhere, and fields that are not known are passed over", () => {
  const wire = {
    nodes: [
      { ...leaf, more: 1 },
      { kind: "not", child: 0 },
    ],
    root_idx: 0,
    version: 2,
  };
  const predicate = decodePredicate(wire);
  expect(predicate).toEqual(leaf);
  expect(matchesPredicate(predicate, CapabilitySet.empty.withTags("hardware.gpu"))).toBe(true);
});
