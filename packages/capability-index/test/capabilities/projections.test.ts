import { describe, expect, test } from "vitest";

import { CapabilitySet, type ModelConfig, type ToolConfig } from "../../src/index.ts";

const { empty } = CapabilitySet;

describe("hardware", () => {
  test("is written as tags", () => {
    const set = empty.withHardware({
      cpuCores: 16,
      cpuThreads: 32,
      memoryGb: 64,
      storageGb: 1000,
      networkGbps: 10,
      gpus: [
        {
          vendor: "nvidia",
          model: "h100",
          vramGb: 80,
          computeUnits: 132,
          tensorCores: 528,
          fp16Tflops: 989.4,
        },
        { vramGb: 24 },
        {},
      ],
    });
    expect(set.tags).toEqual([
      "hardware.cpu_cores=16",
      "hardware.cpu_threads=32",
      "hardware.gpu",
      "hardware.gpu.1",
      "hardware.gpu.1.vram_gb=24",
      "hardware.gpu.2",
      "hardware.gpu.compute_units=132",
      "hardware.gpu.fp16_tflops_x10=9894",
      "hardware.gpu.model=h100",
      "hardware.gpu.tensor_cores=528",
      "hardware.gpu.vendor=nvidia",
      "hardware.gpu.vram_gb=80",
      "hardware.memory_gb=64",
      "hardware.network_gbps=10",
      "hardware.storage_gb=1000",
    ]);
    expect(set.hardware.gpus.map(({ vramGb, fp16Tflops }) => [vramGb, fp16Tflops])).toEqual([
      [80, 989.4],
      [24, 0],
      [0, 0],
    ]);
  });

  test("that says nothing has no tags, and reads as nothing", () => {
    expect(empty.withHardware({ cpuCores: 0, memoryGb: undefined, gpus: [] })).toBe(empty);
    expect(empty.hardware).toEqual({
      cpuCores: 0,
      cpuThreads: 0,
      memoryGb: 0,
      storageGb: 0,
      networkGbps: 0,
      gpus: [],
    });
  });

  test("takes the place of all hardware but the limits, and of nothing else", () => {
    const set = empty
      .withTags("hardware.memory_gb:8", "hardware.experimental=1", "software.os=linux", "gpu")
      .withLimits({ maxBatchSize: 4 })
      .withHardware({ memoryGb: 16 });
    expect(set.tags).toEqual([
      "gpu",
      "hardware.limits.max_batch_size=4",
      "hardware.memory_gb=16",
      "software.os=linux",
    ]);
  });

  test("of others is read as far as it makes sense", () => {
    const read = (...tags: string[]) => CapabilitySet.from({ tags }).hardware;
    expect(read("hardware.cpu_cores:8", "hardware.memory_gb=+16")).toMatchObject({
      cpuCores: 8,
      memoryGb: 16,
    });
    for (const value of ["lots", "", "-1", "1e3", "0x10", "1.5", " 1", "65536", "9".repeat(400)]) {
      expect(read(`hardware.cpu_cores=${value}`).cpuCores).toBe(0);
    }
    expect(read("hardware.cpu_cores").cpuCores).toBe(0);
    expect(read("hardware.gpu", "hardware.gpu.vendor=acme").gpus[0]?.vendor).toBe("unknown");
    // Without the tag itself there is no GPU, whatever is said of it.
    expect(read("hardware.gpu.vram_gb=80", "hardware.gpu.1.vram_gb=80").gpus).toEqual([]);
    expect(
      read("hardware.gpu.10", "hardware.gpu.9", "hardware.gpu.10.vram_gb=1", "hardware.gpu.x").gpus,
    ).toMatchObject([{ vramGb: 0 }, { vramGb: 1 }]);
  });

  test.each([
    [{ cpuCores: 65_536 }, "hardware.cpuCores must be a whole number from 0 to 65535, got 65536"],
    [{ memoryGb: -1 }, "hardware.memoryGb must be a whole number from 0 to 4294967295, got -1"],
    [{ memoryGb: 1.5 }, "hardware.memoryGb must be a whole number from 0 to 4294967295, got 1.5"],
    [{ storageGb: 2 ** 53 }, /storageGb must be a whole number .*got 9007199254740992/],
    [{ networkGbps: Number.NaN }, /networkGbps must be a whole number .*got NaN/],
    [
      { gpus: [{}, { fp16Tflops: 1.25 }] },
      "hardware.gpus[1].fp16Tflops must be a number with one decimal at most from 0 to 429496729.5, got 1.25",
    ],
    [{ gpus: [{ vendor: "acme" as "amd" }] }, /gpus\[0\]\.vendor must be of nvidia, .*got "acme"/],
  ])("%j is refused, since it would be read as something else", (hardware, message) => {
    expect(() => empty.withHardware(hardware)).toThrow(RangeError);
    expect(() => empty.withHardware(hardware)).toThrow(message);
  });
});

describe("limits", () => {
  test("are written as tags and read from them", () => {
    const limits = {
      maxConcurrentRequests: 1,
      maxTokensPerRequest: 2,
      rateLimitRpm: 3,
      maxBatchSize: 4,
      maxInputBytes: 5,
      maxOutputBytes: 4_294_967_295,
    };
    const set = empty.withHardware({ cpuCores: 2 }).withLimits(limits);
    expect(set.tags).toEqual([
      "hardware.cpu_cores=2",
      "hardware.limits.max_batch_size=4",
      "hardware.limits.max_concurrent_requests=1",
      "hardware.limits.max_input_bytes=5",
      "hardware.limits.max_output_bytes=4294967295",
      "hardware.limits.max_tokens_per_request=2",
      "hardware.limits.rate_limit_rpm=3",
    ]);
    expect(set.limits).toEqual(limits);
    expect(set.withLimits({}).tags).toEqual(["hardware.cpu_cores=2"]);
    expect(() => set.withLimits({ maxInputBytes: 2 ** 32 })).toThrow(RangeError);
  });
});

describe("software", () => {
  test("is written as tags, and its names come back sorted", () => {
    const set = empty.withSoftware({
      os: "linux",
      osVersion: "6.6.0",
      cudaVersion: "12.4",
      runtimes: { python: "3.11.5", node: "22:lts=yes" },
      frameworks: new Map([["pytorch", "2.1.0"]]),
      drivers: { nvidia: "535.86.10" },
    });
    expect(set.tags).toEqual([
      "software.cuda_version=12.4",
      "software.driver.nvidia=535.86.10",
      "software.framework.pytorch=2.1.0",
      "software.os=linux",
      "software.os_version=6.6.0",
      "software.runtime.node=22:lts=yes",
      "software.runtime.python=3.11.5",
    ]);
    expect([...set.software.runtimes]).toEqual([
      ["node", "22:lts=yes"],
      ["python", "3.11.5"],
    ]);
    expect(set.software).toMatchObject({ os: "linux", osVersion: "6.6.0", cudaVersion: "12.4" });
  });

  test("takes the place of all software but models and tools", () => {
    const set = empty
      .withTags("software.os:plan9", "software.custom")
      .withModels([{ id: "m" }])
      .withTools([{ toolId: "t" }]);
    expect(set.withSoftware({ os: "linux" }).tags).toEqual([
      "software.model.0.id=m",
      "software.os=linux",
      "software.tool.0.stateless=true",
      "software.tool.0.tool_id=t",
      "software.tool.0.version=1.0.0",
    ]);
  });

  test.each(["", "a.b", "a=b", "a:b"])('a runtime called "%s" is refused', (name) => {
    expect(() => empty.withSoftware({ runtimes: { [name]: "1" } })).toThrow(
      /software\.runtimes must have names without "=", ":" and "\."/,
    );
  });

  test("names that are properties of every object are names like any other", () => {
    const drivers = JSON.parse('{"__proto__":"1","toString":"2"}') as Record<string, string>;
    expect([...empty.withSoftware({ drivers }).software.drivers]).toEqual([
      ["__proto__", "1"],
      ["toString", "2"],
    ]);
  });

  test("without a version is refused, and of others not read", () => {
    expect(() => empty.withSoftware({ frameworks: { jax: "" } })).toThrow(
      "software.frameworks.jax must not be empty",
    );
    const tags = ["software.framework.jax=", "software.framework.a.b=1", "software.framework.=2"];
    expect(CapabilitySet.from({ tags }).software.frameworks.size).toBe(0);
  });
});

const llama: ModelConfig = {
  id: "llama-3.1-70b",
  family: "llama",
  parametersBillions: 70.6,
  contextLength: 131_072,
  quantization: "q4",
  modalities: ["text", "tool_use"],
  tokensPerSec: 40,
  loaded: true,
};

describe("models", () => {
  test("are written as tags in their order", () => {
    const set = empty.withModels([llama, { id: "clip", modalities: ["image", "embedding"] }]);
    expect(set.tags).toEqual([
      "software.model.0.context_length=131072",
      "software.model.0.family=llama",
      "software.model.0.id=llama-3.1-70b",
      "software.model.0.loaded=true",
      "software.model.0.modalities=text,tool_use",
      "software.model.0.parameters_b_x10=706",
      "software.model.0.quantization=q4",
      "software.model.0.tokens_per_sec=40",
      "software.model.1.id=clip",
      "software.model.1.modalities=image,embedding",
    ]);
    expect(set.models).toEqual([
      llama,
      {
        id: "clip",
        family: "",
        parametersBillions: 0,
        contextLength: 0,
        quantization: "",
        modalities: ["image", "embedding"],
        tokensPerSec: 0,
        loaded: false,
      },
    ]);
  });

  test("keep their order beyond nine", () => {
    const models = Array.from({ length: 12 }, (_, i) => ({ id: `m${i}` }));
    expect(empty.withModels(models).models.map(({ id }) => id)).toEqual(models.map(({ id }) => id));
  });

  test("are added at the end, or in place of their namesake", () => {
    const set = empty.withModels([{ id: "a" }, { id: "b" }]);
    const added = set.addModels({ id: "c" }, { id: "a", loaded: true });
    expect(added.models.map(({ id, loaded }) => [id, loaded])).toEqual([
      ["a", true],
      ["b", false],
      ["c", false],
    ]);
    expect(added.addModels({ id: "c" }).equals(added)).toBe(true);
    expect(added.withModels([])).toEqual(empty);
  });

  test("without an id, or with one id for two, are refused", () => {
    expect(() => empty.withModels([llama, { id: "" }])).toThrow("models[1].id must not be empty");
    expect(() => empty.withModels([llama, llama])).toThrow(
      'models must have distinct ids, got "llama-3.1-70b" twice',
    );
    expect(() => empty.withModels([{ id: "m", parametersBillions: 0.35 }])).toThrow(RangeError);
    expect(() => empty.withModels([{ id: "m", modalities: ["smell" as "text"] }])).toThrow(
      /models\[0\]\.modalities must be of text, .*got "smell"/,
    );
  });

  test("of others are read as far as they make sense, in the order of their numbers", () => {
    const tags = [
      "software.model.10.id=last",
      "software.model.9:x.id=none",
      "software.model.9.id:first",
      "software.model.9.modalities=,smell,image,",
      "software.model.9.loaded=yes",
      "software.model.9.extra=1",
      "software.model.x.id=none",
      "software.model.4294967296.id=none",
      "software.model.id=none",
      "software.model.3.family=nameless",
    ];
    expect(CapabilitySet.from({ tags }).models).toMatchObject([
      { id: "first", modalities: ["text", "image"], loaded: false },
      { id: "last" },
    ]);
  });
});

const search: ToolConfig = {
  toolId: "web::search",
  name: "Search",
  version: "2.1.0",
  requires: ["net", "disk"],
  estimatedTimeMs: 250,
  stateless: false,
  inputSchema: '{"type":"string"}',
  outputSchema: "true",
};

describe("tools", () => {
  test("are written as tags, and their schemas as metadata", () => {
    const set = empty.withMetadata("k", "v").withTools([search, { toolId: "echo" }]);
    expect(set.toJSON()).toEqual({
      tags: [
        "software.tool.0.estimated_time_ms=250",
        "software.tool.0.name=Search",
        "software.tool.0.requires=net,disk",
        "software.tool.0.stateless=false",
        "software.tool.0.tool_id=web::search",
        "software.tool.0.version=2.1.0",
        "software.tool.1.stateless=true",
        "software.tool.1.tool_id=echo",
        "software.tool.1.version=1.0.0",
      ],
      metadata: {
        k: "v",
        "tool::web::search::input_schema": '{"type":"string"}',
        "tool::web::search::output_schema": "true",
      },
    });
    expect(set.tools).toEqual([
      search,
      {
        toolId: "echo",
        name: "",
        version: "1.0.0",
        requires: [],
        estimatedTimeMs: 0,
        stateless: true,
        inputSchema: "",
        outputSchema: "",
      },
    ]);
  });

  test("that are gone take their schemas with them", () => {
    const set = empty.withMetadata("k", "v").withTools([search, { toolId: "echo" }]);
    const left = set.withTools([{ toolId: "echo", inputSchema: "{}" }]);
    expect([...left.metadata.keys()]).toEqual(["k", "tool::echo::input_schema"]);
    expect(set.withTools([]).equals(empty.withMetadata("k", "v"))).toBe(true);
  });

  test("are added many at once, a namesake in place", () => {
    const tools = Array.from({ length: 100 }, (_, i) => ({ toolId: `t${i}` }));
    const set = empty.withTools([search]).addTools(...tools, { toolId: "web::search" });
    expect(set.tools.map(({ toolId }) => toolId)).toEqual([
      "web::search",
      ...tools.map(({ toolId }) => toolId),
    ]);
    expect(set.metadata.size).toBe(0);
  });

  test("that would be read as something else are refused", () => {
    expect(() => empty.withTools([{ toolId: "" }])).toThrow("tools[0].toolId must not be empty");
    expect(() => empty.withTools([search, search])).toThrow(/distinct ids, got "web::search"/);
    expect(() => empty.withTools([{ toolId: "t", version: "" }])).toThrow(
      "tools[0].version must not be empty",
    );
    for (const name of ["a,b", ""]) {
      expect(() => empty.withTools([{ toolId: "t", requires: [name] }])).toThrow(
        `tools[0].requires must be texts without a comma, got "${name}"`,
      );
    }
  });

  test("of others keep their schemas on the way", () => {
    const sent = empty.withTools([search]);
    expect(CapabilitySet.from(JSON.parse(JSON.stringify(sent))).tools).toEqual([search]);
  });
});

describe("a view", () => {
  test("is read once, and cannot be changed", () => {
    const set = empty
      .withHardware({ gpus: [{}] })
      .withModels([llama])
      .withTools([search]);
    for (const view of ["hardware", "limits", "software", "models", "tools"] as const) {
      expect(set[view]).toBe(set[view]);
      expect(Object.isFrozen(set[view])).toBe(true);
    }
    for (const part of [set.hardware.gpus, set.hardware.gpus[0], set.models[0], set.tools[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});
