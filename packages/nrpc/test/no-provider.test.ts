import { where } from "@selvage/capability-index";
import { describe, expect, test } from "vitest";

import { noProvider } from "../src/selection/no-provider.ts";
import type { ProviderFilterRules } from "../src/selection/provider-filter.ts";
import { bench, identities, serving } from "./directory-bench.ts";

const call = { service: "greet", version: "1.2" };
const any: ProviderFilterRules = { trust: undefined };

describe("the error when nobody can be called", () => {
  test("says that nobody is known", () => {
    expect(noProvider(bench().directory, call, undefined)).toMatchObject({
      kind: "no-route",
      delivered: "never",
      message: '[no-route] no provider of "greet" is known',
    });
  });

  test("is denied if all allow-lists exclude this node", () => {
    const { directory, announce } = bench();
    for (const n of [0, 1]) {
      announce(n, serving("greet", "1.2"), { allowedNodes: [identities[2].nodeId] });
    }
    const error = noProvider(directory, call, undefined);
    expect(error).toMatchObject({ kind: "denied", delivered: "never" });
    expect(error.message).toContain("all 2 known providers");
  });

  test("is incompatible if all are of another version, which it names", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet", "1.1"));
    announce(1, serving("greet", "2.2"));
    const error = noProvider(directory, call, undefined);
    expect(error).toMatchObject({ kind: "incompatible", delivered: "never" });
    expect(error.message).toMatch(/version (1\.1, 2\.2|2\.2, 1\.1), the caller needs 1\.2/);
  });

  test("counts what speaks against each, the first thing only", () => {
    const { directory, announce } = bench();
    const trusted = serving("greet", "1.2");
    announce(0, trusted);
    announce(1, trusted.withTags("hardware.gpu"));
    announce(2, trusted.withTags("hardware.gpu").withTenantScope("acme"));
    const rules: ProviderFilterRules = {
      where: where.tag("hardware.gpu").exists(),
      scope: { kind: "globalOnly" },
      trust: () => false,
    };
    expect(noProvider(directory, call, rules)).toMatchObject({
      kind: "no-route",
      message:
        '[no-route] no provider of "greet" can be called: 3 known, 1 out of `scope`, 1 not as `where` asks, 1 not trusted',
    });
    expect(noProvider(directory, call, { ...any, trust: () => false }).message).toContain(
      "3 known, 3 not trusted",
    );
    expect(noProvider(directory, call, any).message).toContain("3 known, 3 out of reach");
  });

  test("is of one kind with the counts of others if the reasons are mixed", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet", "1.2"), { allowedNodes: [identities[2].nodeId] });
    announce(1, serving("greet", "2.0"));
    const error = noProvider(directory, call, undefined);
    expect(error.kind).toBe("no-route");
    expect(error.message).toContain(
      "2 known, 1 whose allow-list excludes this node, 1 not compatible with version 1.2",
    );
  });
});
