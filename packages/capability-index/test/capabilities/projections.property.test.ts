import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  type CapabilityLimits,
  GPU_VENDORS,
  type GpuInfo,
  type Hardware,
  isReportValid,
  MODALITIES,
  type ModelCapability,
  type Software,
  type ToolCapability,
  validateCapabilities,
} from "../../src/index.ts";

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const whole = fc.maxSafeNat();
const tenths = u32.map((n) => n / 10);
const text = fc.oneof(
  fc.constantFrom("", "a=b", "a:b", "=", ",", "true", "\u{10000}"),
  fc.string({ maxLength: 12, unit: "binary" }),
);
const name = text.filter((text) => text !== "");

const gpu: fc.Arbitrary<GpuInfo> = fc.record({
  vendor: fc.constantFrom(...GPU_VENDORS),
  model: text,
  vramGb: u32,
  computeUnits: u16,
  tensorCores: u16,
  fp16Tflops: tenths,
});
const hardware: fc.Arbitrary<Hardware> = fc.record({
  cpuCores: u16,
  cpuThreads: u16,
  memoryGb: u32,
  storageGb: whole,
  networkGbps: u32,
  gpus: fc.array(gpu, { maxLength: 12 }),
});
const limits: fc.Arbitrary<CapabilityLimits> = fc.record({
  maxConcurrentRequests: u32,
  maxTokensPerRequest: u32,
  rateLimitRpm: u32,
  maxBatchSize: u32,
  maxInputBytes: u32,
  maxOutputBytes: u32,
});
const versions = fc
  .uniqueArray(
    fc.tuple(
      name.filter((text) => !/[=:.]/.test(text)),
      name,
    ),
    {
      selector: ([name]) => name,
      maxLength: 4,
    },
  )
  .map((entries) => new Map(entries));
const software: fc.Arbitrary<Software> = fc.record({
  os: text,
  osVersion: text,
  cudaVersion: text,
  runtimes: versions,
  frameworks: versions,
  drivers: versions,
});
const model = (id: string): fc.Arbitrary<ModelCapability> =>
  fc.record({
    id: fc.constant(id),
    family: text,
    parametersBillions: tenths,
    contextLength: u32,
    quantization: text,
    modalities: fc.array(fc.constantFrom(...MODALITIES), { maxLength: 4 }),
    tokensPerSec: u32,
    loaded: fc.boolean(),
  });
const tool = (toolId: string): fc.Arbitrary<ToolCapability> =>
  fc.record({
    toolId: fc.constant(toolId),
    name: text,
    version: name,
    requires: fc.array(
      name.map((text) => text.replaceAll(",", ";")),
      { maxLength: 3 },
    ),
    estimatedTimeMs: whole,
    stateless: fc.boolean(),
    inputSchema: text,
    outputSchema: text,
  });
const several = <T>(make: (id: string) => fc.Arbitrary<T>) =>
  fc
    .uniqueArray(name, { maxLength: 12 })
    .chain((ids) => fc.tuple(...ids.map(make)).map((things) => [...things]));

/** What is in a set besides, some of it in the way. */
const besides = fc
  .subarray([
    "gpu",
    "hardware.cpu_cores:3",
    "hardware.gpu",
    "hardware.gpu.1",
    "hardware.gpu.7.vram_gb=1",
    "hardware.limits.max_batch_size:9",
    "software.os:plan9",
    "software.runtime.a=1",
    "software.model.3.id:x",
    "software.tool.11.tool_id=x",
    "devices.camera",
  ])
  .map((tags) => CapabilitySet.empty.withTags(...tags).withMetadata("k", "v"));

describe("what is written into a set", () => {
  test("is read from it as it was, however often and in whatever order it is written", () => {
    fc.assert(
      fc.property(
        besides,
        hardware,
        limits,
        software,
        several(model),
        several(tool),
        (start, hardware, limits, software, models, tools) => {
          const writes = [
            (set: CapabilitySet) => set.withHardware(hardware),
            (set: CapabilitySet) => set.withLimits(limits),
            (set: CapabilitySet) => set.withSoftware(software),
            (set: CapabilitySet) => set.withModels(models),
            (set: CapabilitySet) => set.withTools(tools),
          ];
          const set = writes.reduce((made, write) => write(made), start);
          expect(set.hardware).toEqual(hardware);
          expect(set.limits).toEqual(limits);
          expect(set.software).toEqual(software);
          expect(set.models).toEqual(models);
          expect(set.tools).toEqual(tools);
          expect(set.has("gpu")).toBe(start.has("gpu"));
          expect(set.metadata.get("k")).toBe("v");

          const again = [...writes, ...writes].toReversed();
          expect(again.reduce((made, write) => write(made), set).equals(set)).toBe(true);
          const bare = writes
            .toReversed()
            .reduce((made, write) => write(made), CapabilitySet.empty);
          const rest = start.tags.filter((tag) => !/^(hardware|software)\./.test(tag));
          expect(
            bare
              .withTags(...rest)
              .withMetadata("k", "v")
              .equals(set),
          ).toBe(true);
          expect(isReportValid(validateCapabilities(set))).toBe(true);
        },
      ),
    );
  });

  test("is nothing after nothing was written", () => {
    fc.assert(
      fc.property(
        besides,
        hardware,
        software,
        several(tool),
        (start, hardware, software, tools) => {
          const rest = start.tags.filter((tag) => !/^(hardware|software)\./.test(tag));
          const set = start
            .withHardware(hardware)
            .withLimits({})
            .withSoftware(software)
            .withModels([])
            .withTools(tools);
          expect(set.withTools([]).withSoftware({}).withHardware({}).toJSON()).toEqual({
            tags: rest,
            metadata: { k: "v" },
          });
        },
      ),
    );
  });
});

describe("what others write", () => {
  const part = fc.constantFrom("hardware.", "software.", "gpu", "model.", "tool.", "limits.");
  const rest = fc.constantFrom(".", "0", "1", "id", "tool_id", "vram_gb", "os", "=", ":", "+", "x");
  const tag = fc
    .array(fc.oneof(part, rest), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join(""));

  test("is read without a throw, and means the same once it is written anew", () => {
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        const set = CapabilitySet.from({ tags });
        const { hardware, limits, software } = set;
        const anew = set.withHardware(hardware).withLimits(limits).withSoftware(software);
        expect(anew.hardware).toEqual(hardware);
        expect(anew.limits).toEqual(limits);
        expect(anew.software).toEqual(software);
        const again = anew.addModels(...set.models).addTools(...set.tools);
        expect(new Set(again.models)).toEqual(
          new Set(new Map(set.models.map((m) => [m.id, m])).values()),
        );
        expect(again.addTools().equals(again)).toBe(true);
      }),
    );
  });
});
