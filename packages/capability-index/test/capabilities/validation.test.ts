import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  AXIS_SCHEMA,
  CapabilitySet,
  type CapabilitySetParts,
  isReportClean,
  isReportValid,
  METADATA_SOFT_CAP_BYTES,
  RESERVED_METADATA_KEYS,
  validateCapabilities,
  type ValidationReport,
} from "../../src/index.ts";
import { readSharedVectors } from "../shared-vectors.ts";

interface Case {
  readonly name: string;
  readonly caps: CapabilitySetParts;
  readonly expected_errors: readonly unknown[];
  readonly expected_warnings: readonly unknown[];
}

const shared = readSharedVectors("capability_validation.json") as
  | {
      readonly abi_version_expected: number;
      readonly schema_metadata_soft_cap_bytes: number;
      readonly cases: readonly Case[];
    }
  | undefined;

function validate(...tags: string[]): ValidationReport {
  return validateCapabilities(CapabilitySet.from({ tags }));
}

/** Reports as multisets: neither findings nor their fields have an order that all agree on. */
function sorted(findings: readonly unknown[]): readonly string[] {
  return inOrder(
    findings.map((finding) =>
      inOrder(Object.entries(finding as object).map((field) => JSON.stringify(field))).join(),
    ),
  );
}

function inOrder(texts: readonly string[]): readonly string[] {
  return texts.toSorted((a, b) => (a < b ? -1 : 1));
}

describe.skipIf(shared === undefined)("the published vectors", () => {
  test("are of the version that we know", () => {
    expect(shared?.abi_version_expected).toBe(1);
    expect(shared?.schema_metadata_soft_cap_bytes).toBe(METADATA_SOFT_CAP_BYTES);
    expect(shared?.cases.length).toBeGreaterThan(0);
  });

  test.each(shared?.cases ?? [])("$name", ({ caps, expected_errors, expected_warnings }) => {
    const { errors, warnings } = validateCapabilities(CapabilitySet.from(caps));
    expect(sorted(errors)).toEqual(sorted(expected_errors));
    expect(sorted(warnings)).toEqual(sorted(expected_warnings));
  });
});

describe("values", () => {
  const mismatch = (axis: string, key: string, expected: string, actual: string) => ({
    errors: [{ kind: "type_mismatch", axis, key, expected, actual }],
    warnings: [],
  });

  test.each(["0", "007", "+5", "18446744073709551615", "00000000000000000000000000000000001"])(
    "%s is a number",
    (value) => {
      expect(isReportClean(validate(`hardware.storage_gb=${value}`))).toBe(true);
    },
  );

  test.each([
    "",
    "-1",
    "+",
    "++1",
    "1e3",
    "0x10",
    "1.0",
    " 1",
    "1_000",
    "١",
    "+18446744073709551616",
  ])('"%s" is none', (value) => {
    expect(validate(`hardware.storage_gb=${value}`)).toEqual(
      mismatch("hardware", "storage_gb", "number", value),
    );
  });

  test("of every type are checked, each under its name", () => {
    expect(validate("hardware.gpu:")).toEqual(mismatch("hardware", "gpu", "presence", ""));
    expect(validate("software.os")).toEqual(mismatch("software", "os", "string", "<no value>"));
    expect(validate("software.os=")).toEqual(mismatch("software", "os", "string", ""));
    expect(validate("hardware.gpu.vendor=")).toEqual(
      mismatch("hardware", "gpu.vendor", "enumeration", ""),
    );
    expect(isReportClean(validate("hardware.gpu.vendor=acme"))).toBe(true);
    expect(validate("software.model.7.modalities=")).toEqual(
      mismatch("software", "modalities", "csv", ""),
    );
    expect(validate("software.tool.0.stateless=TRUE")).toEqual(
      mismatch("software", "stateless", "bool", "TRUE"),
    );
    expect(validate("software.runtime.node=")).toEqual(
      mismatch("software", "runtime.", "string", ""),
    );
    expect(validate("hardware.limits.max_batch_size=many")).toEqual(
      mismatch("hardware", "limits.max_batch_size", "number", "many"),
    );
    expect(validate("hardware.gpu.1=yes")).toEqual(
      mismatch("hardware", "gpu.1", "presence", "yes"),
    );
    expect(validate("hardware.gpu.1.vram_gb=much")).toEqual(
      mismatch("hardware", "vram_gb", "number", "much"),
    );
  });
});

describe("keys", () => {
  test.each([
    ["hardware.", ""],
    ["hardware.limits.", "limits."],
    ["hardware.gpu.x", "gpu.x"],
    ["hardware.gpu.x.vram_gb=1", "gpu.x.vram_gb"],
    ["hardware.gpu.1.extra=1", "gpu.1.extra"],
    ["hardware.toString=1", "toString"],
    ["hardware.__proto__", "__proto__"],
    ["software.runtime.=1", "runtime."],
    ["software.model.0", "model.0"],
    ["software.model.id=x", "model.id"],
    ["software.model.0.id.x=1", "model.0.id.x"],
    ["software.tool.0.constructor=1", "tool.0.constructor"],
    ["devices.camera", "camera"],
    ["dataforts.capacity_gb=5", "capacity_gb"],
  ])("%s is unknown, as far as %s", (tag, key) => {
    const [axis] = tag.split(".");
    expect(validate(tag)).toEqual({ errors: [], warnings: [{ kind: "unknown_key", axis, key }] });
  });

  test.each([
    ["model.", ""],
    ["model.", "-1"],
    ["model.", "4294967296"],
    ["tool.", "x"],
    ["tool.", "1e1"],
  ])("software.%s%s… has no number", (prefix, index) => {
    const tag = `software.${prefix}${index}.anything=1`;
    expect(validate(tag)).toEqual({
      errors: [{ kind: "index_malformed", axis: "software", prefix, index, tag }],
      warnings: [],
    });
  });

  test("end where they end: names may have dots, and numbers a sign", () => {
    const { errors, warnings } = validate(
      "software.runtime.a.b=1",
      "software.model.+1.id=m",
      "software.model.4294967295.loaded=false",
      "software.tool.0.version=1.0.0",
      "hardware.gpu.3",
      "hardware.gpu.3.tensor_cores=4",
    );
    expect([...errors, ...warnings]).toEqual([]);
  });

  test("of another schema are those that it has", () => {
    const set = CapabilitySet.empty.withTags("devices.camera=4k", "hardware.gpu");
    const none = { fixed: {}, named: {}, numbered: {} };
    const devices = { ...none, fixed: { camera: "number" } } as const;
    expect(validateCapabilities(set, { ...AXIS_SCHEMA, hardware: none, devices })).toEqual({
      errors: [
        { kind: "type_mismatch", axis: "devices", key: "camera", expected: "number", actual: "4k" },
      ],
      warnings: [{ kind: "unknown_key", axis: "hardware", key: "gpu" }],
    });
  });
});

describe("metadata", () => {
  const warnings = (metadata: Record<string, string>) =>
    validateCapabilities(CapabilitySet.from({ metadata })).warnings;

  test("that only steers the own scheduler is pointed out", () => {
    const hints = Object.fromEntries(RESERVED_METADATA_KEYS.map((key) => [key, "x"]));
    expect(sorted(warnings({ ...hints, Intent: "x", "intent ": "x" }))).toEqual(
      sorted(RESERVED_METADATA_KEYS.map((key) => ({ kind: "metadata_reserved_key", key }))),
    );
  });

  test("of tools is pointed out unless a tool wrote it", () => {
    expect(warnings({ "tool::a::input_schema": "{}", "tool:": "" })).toEqual([
      { kind: "metadata_reserved_prefix", key: "tool::a::input_schema", prefix: "tool::" },
    ]);
    const set = CapabilitySet.empty.withTools([{ toolId: "a", inputSchema: "{}" }]);
    expect(isReportClean(validateCapabilities(set))).toBe(true);
  });

  test("is measured in bytes", () => {
    const half = "é".repeat((METADATA_SOFT_CAP_BYTES - 2) / 2);
    expect(warnings({ kk: half })).toEqual([]);
    expect(warnings({ kkk: half })).toEqual([
      { kind: "metadata_oversize", soft_cap_bytes: 4096, actual_bytes: 4097 },
    ]);
  });
});

describe("a report", () => {
  test("is valid without errors, and clean without warnings, too", () => {
    const reports = [validate("hardware.gpu"), validate("gpu"), validate("gpu", "hardware.gpu=1")];
    expect(reports.map(isReportValid)).toEqual([true, true, false]);
    expect(reports.map(isReportClean)).toEqual([true, false, false]);
  });

  test("has one finding per tag at most, whatever the tags", () => {
    const piece = fc.constantFrom(
      ...["hardware.", "software.", "devices.", "scope:", "model.", "runtime.", "gpu", "limits."],
      ...[".", "0", "x", "=", ":", "id", "loaded", "true", "toString"],
    );
    const tag = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(tag), (tags) => {
        const set = CapabilitySet.from({ tags });
        const { errors, warnings } = validateCapabilities(set);
        const alone = set.tags.map((tag) => validate(tag));
        expect(errors).toEqual(alone.flatMap((report) => report.errors));
        expect(warnings).toEqual(alone.flatMap((report) => report.warnings));
        for (const { errors, warnings } of alone) {
          expect(errors.length + warnings.length).toBeLessThan(2);
        }
      }),
    );
  });
});
