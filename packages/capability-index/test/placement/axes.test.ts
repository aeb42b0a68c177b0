import { describe, expect, test } from "vitest";

import { type Artifact, CapabilitySet, IntentRegistry } from "../../src/index.ts";
import { daemon, scoreOn } from "./placement-fixtures.ts";

const { empty } = CapabilitySet;

test("what is not configured does not count", () => {
  const hints = { intent: "ml-training", "colocate-with-strict": "ab" };
  expect(
    scoreOn(empty.withTags("hardware.cpu_cores=1"), {}, { artifact: daemon({ metadata: hints }) }),
  ).toBe(1);
});

describe("scope", () => {
  const foo = empty.withTenantScope("foo");

  test("what is no scope is refused: nobody could have it", () => {
    expect(() => scoreOn(foo, { scopes: ["acme"] })).toThrow(
      'scopes are "tenant:<id>", "region:<name>", "subnet-local" or "global", got "acme"',
    );
    expect(() => scoreOn(foo, { scopes: ["tenant:"] })).toThrow(RangeError);
  });

  test("any of the scopes will do, with the prefix or without", () => {
    expect(scoreOn(foo, { scopes: ["tenant:foo"] })).toBe(1);
    expect(scoreOn(foo, { scopes: ["region:eu", "scope:tenant:foo"] })).toBe(1);
    expect(scoreOn(foo.withRegionScope("eu"), { scopes: ["region:eu"] })).toBe(1);
    expect(scoreOn(empty.withSubnetLocalScope(), { scopes: ["subnet-local"] })).toBe(1);
  });

  test("others score nothing, also those without a scope", () => {
    expect(scoreOn(foo, { scopes: ["tenant:fo"] })).toBe(0);
    expect(scoreOn(foo, { scopes: ["tenant:foo2"] })).toBe(0);
    expect(scoreOn(empty, { scopes: ["tenant:foo"] })).toBe(0);
    expect(scoreOn(empty.withTags("tenant:foo"), { scopes: ["tenant:foo"] })).toBe(0);
  });

  test("no scopes ask for nothing", () => {
    expect(scoreOn(empty, { scopes: [] })).toBe(1);
  });
});

describe("proximity", () => {
  test.each([
    [undefined, 1],
    [0, 1],
    [20, 1],
    [20.1, 0],
    [Infinity, 0],
    [Number.NaN, 0],
  ])("a round trip of %s ms scores %d where 20 are the limit", (rttMs, score) => {
    expect(scoreOn(empty, { maxRttMs: 20 }, { rttMs: () => rttMs })).toBe(score);
  });

  test("without a limit, or nothing to measure by, all are near", () => {
    expect(scoreOn(empty, {}, { rttMs: () => 1_000 })).toBe(1);
    expect(scoreOn(empty, { maxRttMs: 20 })).toBe(1);
  });
});

describe("intent", () => {
  const intended = (intent: string) => daemon({ metadata: { intent } });
  const trainer = empty.withHardware({ gpus: [{ vramGb: 16 }, { vramGb: 16 }] });
  const server = empty
    .withHardware({ cpuCores: 2, gpus: [{ vramGb: 8 }] })
    .withModels([{ id: "llama" }]);

  test.each<[string, CapabilitySet, number]>([
    ["ml-training", trainer, 1],
    ["ml-training", server, 0],
    ["ml-training", empty.withTags("hardware.gpu.vram_gb=80"), 0],
    ["inference", server, 1],
    ["inference", trainer, 0],
    ["inference", empty.withModels([{ id: "llama" }]), 0],
    ["inference", trainer.withTags("software.modelling=yes"), 0],
    ["cpu-bound", empty.withTags("hardware.cpu_cores=4"), 1],
    ["cpu-bound", empty.withTags("hardware.cpu_cores=3"), 0],
    ["sensor-telemetry", empty.withTags("devices.thermometer"), 1],
    ["sensor-telemetry", empty.withTags("devices.camera=4"), 1],
    ["sensor-telemetry", empty.withTags("device.camera"), 0],
    ["unheard-of", empty, 1],
  ])("%s", (intent, capabilities, score) => {
    expect(scoreOn(capabilities, { intent: "strict" }, { artifact: intended(intent) })).toBe(score);
  });

  test("undeclared it does not matter, and a requirement comes before a wish", () => {
    const both: Artifact = {
      kind: "daemon",
      required: empty.withMetadata("intent", "ml-training"),
      optional: empty.withMetadata("intent", "cpu-bound"),
    };
    const wished: Artifact = { ...both, required: empty };
    expect(scoreOn(empty, { intent: "strict" })).toBe(1);
    expect(scoreOn(trainer, { intent: "strict" }, { artifact: both })).toBe(1);
    expect(scoreOn(trainer, { intent: "strict" }, { artifact: wished })).toBe(0);
  });

  test("chains and replicas declare it, too", () => {
    for (const kind of ["chain", "replica"] as const) {
      const artifact: Artifact = { kind, capabilities: empty.withMetadata("intent", "cpu-bound") };
      expect(scoreOn(empty, { intent: "strict" }, { artifact })).toBe(0);
    }
  });

  test("any-of-local asks whether the node is fit for anything known", () => {
    const intents = new IntentRegistry([["linux", (set) => set.has("software.os=linux")]]);
    const any = { intent: "any-of-local" } as const;
    expect(scoreOn(empty.withTags("software.os=linux"), any, { intents })).toBe(1);
    expect(scoreOn(empty, any, { intents, artifact: intended("unheard-of") })).toBe(0);
    expect(scoreOn(empty, any, { intents: new IntentRegistry() })).toBe(1);
    expect(scoreOn(trainer, any)).toBe(1);
    expect(scoreOn(empty, any)).toBe(0);
  });

  test("what a registry was told later counts", () => {
    const intents = new IntentRegistry();
    const strict = { intents, artifact: intended("night-shift") };
    expect(scoreOn(empty, { intent: "strict" }, strict)).toBe(1);
    expect(intents.register("night-shift", () => false)).toBe(true);
    expect(intents.register("night-shift", () => true)).toBe(false);
    expect(scoreOn(empty, { intent: "strict" }, strict)).toBe(0);
    expect(intents.unregister("night-shift")).toBe(true);
    expect(intents.unregister("night-shift")).toBe(false);
    expect(scoreOn(empty, { intent: "strict" }, strict)).toBe(1);
  });
});

describe("colocation", () => {
  const chain = "00112233445566aa";
  const holder = empty.withChainTip(chain, 7);
  const wish = daemon({ metadata: { "colocate-with": chain } });
  const demand = daemon({ metadata: { "colocate-with-strict": chain } });

  test.each<["soft" | "strict", string, Artifact, number, number]>([
    ["soft", "no wish", daemon(), 1, 1],
    ["soft", "a wish", wish, 1, 0.7],
    ["soft", "a demand", demand, 1, 0],
    ["strict", "no wish", daemon(), 1, 1],
    ["strict", "a wish", wish, 1, 0],
    ["strict", "a demand", demand, 1, 0],
  ])("%s, with %s", (colocation, _, artifact, held, missed) => {
    expect(scoreOn(holder, { colocation }, { artifact })).toBe(held);
    expect(scoreOn(empty, { colocation }, { artifact })).toBe(missed);
    expect(scoreOn(empty.withChain(`${chain}00`), { colocation }, { artifact })).toBe(missed);
  });

  test("a demand that is met leaves the wish", () => {
    const metadata = { "colocate-with-strict": chain, "colocate-with": "ffffffffffffffff" };
    const both = daemon({ metadata });
    expect(scoreOn(holder, { colocation: "soft" }, { artifact: both })).toBe(0.7);
    expect(scoreOn(holder, { colocation: "strict" }, { artifact: both })).toBe(0);
  });
});

describe("resources", () => {
  const on = (...tags: string[]) => empty.withTags(...tags);

  test.each<["compute" | "storage" | "both", CapabilitySet, number]>([
    ["compute", on("hardware.cpu_cores=8"), 0.5],
    ["compute", on("hardware.cpu_cores=24"), 0.75],
    ["compute", on("hardware.memory_gb=48"), 0.75],
    ["compute", on("hardware.gpu.vram_gb=16"), 0.5],
    [
      "compute",
      on("hardware.gpu.vram_gb=16", "hardware.gpu.1.vram_gb=16", "hardware.gpu.2.vram_gb=16"),
      0.75,
    ],
    ["compute", on("hardware.cpu_cores=8", "hardware.memory_gb=48"), 0.625],
    [
      "compute",
      on("hardware.cpu_cores=8", "hardware.memory_gb=16", "hardware.gpu.vram_gb=48"),
      1.75 / 3,
    ],
    ["compute", on("hardware.cpu_cores=0"), 0],
    ["compute", on("dataforts.capacity_gb=1000"), 1],
    ["storage", on("dataforts.capacity_gb=1000"), 0.5],
    ["storage", on("dataforts.capacity_gb=3000", "hardware.cpu_cores=8"), 0.75],
    ["both", on("dataforts.capacity_gb=3000", "hardware.cpu_cores=8"), 0.625],
    ["both", on("dataforts.capacity_gb=3000"), 0.75],
    ["both", on("hardware.cpu_cores=8", "hardware.memory_gb=16"), 0.5],
    ["compute", empty, 1],
    ["storage", empty, 1],
    ["both", empty, 1],
  ])("%s of %j", (resources, capabilities, score) => {
    expect(scoreOn(capabilities, { resources })).toBeCloseTo(score, 12);
  });

  test.each(["lots", "", "-1", "inf", "nan", "1e16", "0x8"])("%j is no amount", (value) => {
    expect(scoreOn(on(`hardware.cpu_cores=${value}`), { resources: "compute" })).toBe(1);
    const other = on(`hardware.gpu.vram_gb=${value}`, "hardware.memory_gb=16");
    expect(scoreOn(other, { resources: "compute" })).toBe(0.5);
  });
});

describe("anti-affinity", () => {
  test.each([
    [undefined, 1],
    [0, 1],
    [0.3, 1],
    [0.300_001, 0.4],
    [1, 0.4],
    [Number.NaN, 1],
    [Infinity, 1],
  ])("a node with the share %s scores %d", (share, score) => {
    expect(scoreOn(empty, {}, { concentration: () => share })).toBe(score);
  });
});
