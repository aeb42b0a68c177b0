import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import {
  CapabilityIndex,
  type CapabilityIndexConfig,
  type CapabilityScope,
  CapabilitySet,
  parseSubnetId,
  resolveScope,
  type ScopeFilter,
  SubnetPolicy,
} from "../../src/index.ts";
import { plainAnnouncement, plainNodeId } from "../index/plain-announcement.ts";

/** One node of each scope that a set can have. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  global: [],
  local: ["scope:subnet-local", "scope:tenant:acme", "scope:region:eu"],
  acme: ["scope:tenant:acme"],
  others: ["scope:tenant:other", "scope:tenant:third"],
  eu: ["scope:region:eu"],
  both: ["scope:tenant:acme", "scope:region:us"],
};
const NAMES = Object.keys(SCOPES);
/** This node's number; the others come before it. */
const OWN = NAMES.length;
const policy = new SubnetPolicy([{ level: 1, values: { "lan:a": 1, "lan:b": 2 } }]);

function createIndex(
  config?: CapabilityIndexConfig,
  tagsOf: (name: string) => readonly string[] = () => [],
): CapabilityIndex {
  const index = new CapabilityIndex({ clock: new ManualClock() }, config);
  for (const [n, name] of NAMES.entries()) {
    index.apply(plainAnnouncement(n, { tags: [...(SCOPES[name] ?? []), ...tagsOf(name)] }));
  }
  return index;
}

function found(index: CapabilityIndex, scope: ScopeFilter): string[] {
  const nodeIds = new Set<NodeId>(index.find({ scope }).map(({ nodeId }) => nodeId));
  return NAMES.filter((_, n) => nodeIds.has(plainNodeId(n)));
}

describe("the scope of a set", () => {
  test.each<[readonly string[], CapabilityScope]>([
    [[], { kind: "global" }],
    [["scope:global"], { kind: "global" }],
    [["scope:subnet-local", "scope:tenant:a"], { kind: "subnet-local" }],
    [["scope:tenant:", "scope:region:", "scope:nonsense"], { kind: "global" }],
    [["scope:tenant:a", "scope:global"], { kind: "narrowed", tenants: ["a"], regions: [] }],
    [
      ["scope:tenant:a:b", "scope:tenant:c", "scope:region:x"],
      { kind: "narrowed", tenants: ["a:b", "c"], regions: ["x"] },
    ],
  ])("%j is %j", (tags, expected) => {
    expect(resolveScope(CapabilitySet.from({ tags }))).toEqual(expected);
  });
});

describe("looking with a scope", () => {
  test.each<[ScopeFilter, readonly string[]]>([
    [{ kind: "any" }, ["global", "acme", "others", "eu", "both"]],
    [{ kind: "globalOnly" }, ["global"]],
    [{ kind: "tenant", tenant: "acme" }, ["global", "acme", "both"]],
    [{ kind: "tenants", tenants: ["third", "nobody"] }, ["global", "others"]],
    [{ kind: "tenants", tenants: [] }, ["global"]],
    [{ kind: "region", region: "eu" }, ["global", "eu"]],
    [{ kind: "regions", regions: ["eu", "us"] }, ["global", "eu", "both"]],
  ])("%j finds %j", (scope, expected) => {
    expect(found(createIndex(), scope)).toEqual(expected);
  });

  test("is not the same as looking without: then everybody is found", () => {
    expect(createIndex().find()).toHaveLength(NAMES.length);
  });

  test.each<[unknown, RegExp]>([
    [{ kind: "everybody" }, /scope has no kind "everybody"/],
    [{}, /scope has no kind "undefined"/],
    [{ kind: "tenant", name: "acme" }, /scope "tenant" has no property "name"/],
    [{ kind: "tenant", tenant: "acme", regions: ["eu"] }, /has no property "regions"/],
    [{ kind: "any", tenant: "acme" }, /scope "any" has no property "tenant", only kind/],
    [{ kind: "toString" }, /scope has no kind "toString"/],
    [{ kind: "tenant" }, /tenant must be a text/],
    [{ kind: "tenant", tenant: "" }, /tenant must be a text that is not empty/],
    [{ kind: "tenants", tenants: "acme" }, /tenants must be a list/],
    [{ kind: "regions", regions: [7] }, /regions must be a text .* got "7"/],
  ])("%j is refused", (scope, message) => {
    const index = createIndex();
    expect(() => index.find({ scope: scope as ScopeFilter })).toThrow(TypeError);
    expect(() => index.find({ scope: scope as ScopeFilter })).toThrow(message);
  });
});

describe("looking in the own subnet", () => {
  const sameSubnet: ScopeFilter = { kind: "sameSubnet" };
  const tagsOf = (name: string): readonly string[] => [name === "global" ? "lan:b" : "lan:a"];
  const own = plainAnnouncement(OWN, { tags: ["lan:a", "scope:subnet-local"] });

  test("finds who the policy puts where this node is, whatever their scope", () => {
    const index = createIndex({ subnets: { nodeId: plainNodeId(OWN), policy } }, tagsOf);
    index.apply(own);
    expect(found(index, sameSubnet)).toEqual(["local", "acme", "others", "eu", "both"]);
    expect(index.find({ scope: sameSubnet }).map(({ nodeId }) => nodeId)).toContain(own.nodeId);
  });

  test("follows what this node announces", () => {
    const index = createIndex({ subnets: { nodeId: plainNodeId(OWN), policy } }, tagsOf);
    index.apply(own);
    index.apply(plainAnnouncement(OWN, { tags: ["lan:b"], version: 2 }));
    expect(found(index, sameSubnet)).toEqual(["global"]);
  });

  test("finds everybody as long as this node has said nothing, if there is a policy", () => {
    const index = createIndex({ subnets: { nodeId: plainNodeId(OWN), policy } }, tagsOf);
    expect(found(index, sameSubnet)).toEqual(NAMES);
  });

  test("takes a subnet that was given over the policy's", () => {
    const subnet = parseSubnetId("2");
    const index = createIndex({ subnets: { nodeId: plainNodeId(OWN), policy, subnet } }, tagsOf);
    index.apply(own);
    expect(found(index, sameSubnet)).toEqual(["global"]);
    expect(index.find({ scope: sameSubnet })).toHaveLength(2);
  });

  test("finds only this node without a policy", () => {
    const subnet = parseSubnetId("1");
    const index = createIndex({ subnets: { nodeId: plainNodeId(OWN), subnet } }, tagsOf);
    index.apply(own);
    expect(index.find({ scope: sameSubnet }).map(({ nodeId }) => nodeId)).toEqual([own.nodeId]);
  });

  test("finds nobody where the index does not know which node is its own", () => {
    expect(createIndex({}, tagsOf).find({ scope: sameSubnet })).toEqual([]);
  });
});
