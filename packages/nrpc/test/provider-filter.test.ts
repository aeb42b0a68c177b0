import { where } from "@selvage/capability-index";
import { expect, test } from "vitest";

import { ProviderFilter } from "../src/selection/provider-filter.ts";
import { bench, identities, serving } from "./directory-bench.ts";

test("a filter leaves whom it lets through, and asks again only when providers change", () => {
  const { directory, announce } = bench();
  const asked: string[] = [];
  const filter = new ProviderFilter({
    where: where.tag("hardware.gpu").exists(),
    trust: (entityId) => {
      asked.push(entityId.join());
      return entityId.join() !== identities[1].entityId.join();
    },
  });
  const gpu = serving("greet").withTags("hardware.gpu");
  announce(0, gpu);
  announce(1, gpu);
  announce(2, serving("greet"));
  const apply = (): unknown[] =>
    filter.apply(directory, "greet", "1.0").map(({ nodeId }) => nodeId);
  for (let i = 0; i < 3; i++) expect(apply()).toEqual([identities[0].nodeId]);
  expect(asked).toHaveLength(2);
  announce(2, gpu);
  expect(new Set(apply())).toEqual(new Set([identities[0].nodeId, identities[2].nodeId]));
  expect(asked).toHaveLength(5);
});

test("a filter is about one service and version at a time", () => {
  const { directory, announce } = bench();
  announce(0, serving("greet", "1.1"));
  announce(1, serving("other"));
  const filter = new ProviderFilter({ trust: () => true });
  const find = (service: string, version: string): number =>
    filter.apply(directory, service, version).length;
  expect([find("greet", "1.0"), find("greet", "1.2"), find("other", "1.0")]).toEqual([1, 0, 1]);
});

test("a filter that is none throws before anything else", () => {
  const { directory } = bench();
  const filter = new ProviderFilter({ trust: undefined, scope: { kind: "nowhere" } as never });
  expect(() => filter.apply(directory, "greet", "1.0")).toThrow(TypeError);
});
