import { CapabilitySet, where } from "@selvage/capability-index";
import { describe, expect, test } from "vitest";

import { serviceTag } from "../src/index.ts";
import { bench, bootId, identities, own, serving } from "./directory-bench.ts";

describe("the providers of a service", () => {
  test("are those that announced it, with what they said of it and of themselves", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet", "1.4", 2, 3.5));
    announce(1, serving("other"));
    announce(2, CapabilitySet.empty.withTags("hardware.gpu"));
    expect(directory.providers("greet")).toEqual([
      {
        nodeId: identities[0]?.nodeId,
        entityId: identities[0]?.entityId,
        bootId,
        addresses: ["10.0.0.0:7000"],
        capabilities: serving("greet", "1.4", 2, 3.5),
        offer: { name: "greet", version: "1.4", priority: 2, weight: 3.5 },
      },
    ]);
    expect(directory.providers("nobody")).toEqual([]);
  });

  test("have the defaults if they only carry the tag", () => {
    const { directory, announce } = bench();
    announce(0, CapabilitySet.empty.withTags(serviceTag("greet")));
    expect(directory.providers("greet")[0]?.offer).toEqual({
      name: "greet",
      version: "1.0",
      priority: 0,
      weight: 1,
    });
  });

  test("come in the order of their node ids, whoever was first", () => {
    const { directory, announce } = bench();
    for (const n of [2, 0, 1]) announce(n, serving("greet"));
    const found = directory.providers("greet").map(({ nodeId }) => nodeId);
    const others = identities.filter((identity) => identity !== own);
    expect(found).toEqual(others.map(({ nodeId }) => nodeId).toSorted());
  });

  test("may be the node itself", () => {
    const { directory, announce } = bench();
    announce(3, serving("greet"));
    expect(directory.providers("greet")).toMatchObject([{ nodeId: own.nodeId }]);
    announce(0, serving("greet"));
    expect(directory.compatible("greet", "1.0")).toHaveLength(2);
  });

  test("are compatible with a caller when the version is", () => {
    const { directory, announce } = bench();
    for (const [n, version] of ["1.0", "1.5", "2.1"].entries()) {
      announce(n, serving("greet", version));
    }
    const versions = (wanted: string): string[] =>
      directory
        .compatible("greet", wanted)
        .map(({ offer }) => offer.version)
        .toSorted();
    expect([versions("1.0"), versions("1.3"), versions("2.0"), versions("3.0")]).toEqual([
      ["1.0", "1.5"],
      ["1.5"],
      ["2.1"],
      [],
    ]);
  });
});

describe("the providers that match", () => {
  test("are those of the right version whose capabilities are as asked", () => {
    const { directory, announce } = bench();
    const gpu = where.tag("hardware.gpu").exists();
    announce(0, serving("greet").withTags("hardware.gpu"));
    announce(1, serving("greet", "2.0").withTags("hardware.gpu"));
    announce(2, serving("greet").withTenantScope("acme"));
    const found = (query: Parameters<typeof directory.matching>[2]): unknown[] =>
      directory.matching("greet", "1.0", query).map(({ nodeId }) => nodeId);
    expect(found({ where: gpu })).toEqual([identities[0].nodeId]);
    expect(found({ scope: { kind: "globalOnly" } })).toEqual([identities[0].nodeId]);
    expect(found({ where: gpu, scope: { kind: "tenant", tenant: "acme" } })).toEqual([
      identities[0].nodeId,
    ]);
    expect(found({ scope: { kind: "tenant", tenant: "acme" } })).toHaveLength(2);
  });

  test("keep to who says whom it serves", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet"), { allowedNodes: [identities[1].nodeId] });
    announce(1, serving("greet"), { allowedNodes: [own.nodeId] });
    expect(directory.matching("greet", "1.0", {})).toHaveLength(1);
    expect([directory.providers("greet").length, directory.countKnown("greet")]).toEqual([1, 2]);
  });
});

describe("a look-up", () => {
  test("is the same list until the index changes, then a new one", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet"));
    const before = directory.compatible("greet", "1.0");
    const { generation } = directory;
    expect(directory.compatible("greet", "1.0")).toBe(before);
    expect(directory.generation).toBe(generation);
    announce(1, serving("greet"));
    expect(directory.compatible("greet", "1.0")).toHaveLength(2);
    expect(directory.generation).not.toBe(generation);
    announce(1, CapabilitySet.empty, { tombstone: true, addresses: [] });
    announce(0, serving("greet", "2.0"));
    expect(directory.compatible("greet", "1.0")).toEqual([]);
  });

  test("of more services than are kept at hand is right all the same", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet"));
    for (let i = 0; i < 3_000; i++) expect(directory.providers(`service-${i}`)).toEqual([]);
    expect(directory.providers("greet")).toHaveLength(1);
  });
});

test("changes are told once each, and none after disposal", () => {
  const { directory, changes, announce } = bench();
  announce(0, serving("greet"));
  announce(1, serving("greet"));
  expect(changes()).toBe(2);
  directory[Symbol.dispose]();
  announce(2, serving("greet"));
  expect(changes()).toBe(2);
});
