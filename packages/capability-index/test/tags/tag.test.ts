import { describe, expect, test } from "vitest";

import { formatTag, isReservedTag, parseTag, parseUserTag, type Tag } from "../../src/index.ts";

const value = (axis: "hardware" | "software", key: string, separator: "=" | ":", text: string) =>
  ({ kind: "axis-value", axis, key, separator, value: text }) as const;

const known: readonly [text: string, tag: Tag][] = [
  ["hardware.memory_gb=64", value("hardware", "memory_gb", "=", "64")],
  ["software.os:linux", value("software", "os", ":", "linux")],
  ["hardware.gpu.vendor=nvidia", value("hardware", "gpu.vendor", "=", "nvidia")],
  ["software.note:a=b:c", value("software", "note", ":", "a=b:c")],
  ["software.note=a:b=c", value("software", "note", "=", "a:b=c")],
  // Nothing before or after the separator is still a key or a value.
  ["hardware.k=", value("hardware", "k", "=", "")],
  ["hardware.=v", value("hardware", "", "=", "v")],
  ["hardware.:", value("hardware", "", ":", "")],
  ["hardware.", { kind: "axis-present", axis: "hardware", key: "" }],
  ["hardware.gpu", { kind: "axis-present", axis: "hardware", key: "gpu" }],
  ["devices.camera", { kind: "axis-present", axis: "devices", key: "camera" }],
  ["dataforts.x.y", { kind: "axis-present", axis: "dataforts", key: "x.y" }],
  ["scope:tenant:a", { kind: "reserved", prefix: "scope:", body: "tenant:a" }],
  ["causal:", { kind: "reserved", prefix: "causal:", body: "" }],
  ["fork-of:hardware.a=b", { kind: "reserved", prefix: "fork-of:", body: "hardware.a=b" }],
  ["heat:hot", { kind: "reserved", prefix: "heat:", body: "hot" }],
  ["gpu", { kind: "legacy", text: "gpu" }],
  ["nrpc:echo", { kind: "legacy", text: "nrpc:echo" }],
  ["bogus.foo=1", { kind: "legacy", text: "bogus.foo=1" }],
  ["Hardware.gpu", { kind: "legacy", text: "Hardware.gpu" }],
  ["hardwares.gpu", { kind: "legacy", text: "hardwares.gpu" }],
  ["hardware", { kind: "legacy", text: "hardware" }],
  ["hardware=1.5", { kind: "legacy", text: "hardware=1.5" }],
  [" hardware.gpu", { kind: "legacy", text: " hardware.gpu" }],
  ["scope", { kind: "legacy", text: "scope" }],
  ["Scope:global", { kind: "legacy", text: "Scope:global" }],
];

describe("a tag", () => {
  test.each(known)("%s is read, and written as it was", (text, tag) => {
    expect(parseTag(text)).toEqual(tag);
    expect(formatTag(tag)).toBe(text);
  });

  test("has to be something", () => {
    expect(() => parseTag("")).toThrow(new RangeError("a tag must not be empty"));
    expect(() => parseUserTag("")).toThrow(new RangeError("a tag must not be empty"));
  });

  test.each(known)("%s of a user is refused only if Selvage writes it", (text, tag) => {
    expect(isReservedTag(text)).toBe(tag.kind === "reserved");
    if (tag.kind === "reserved") {
      expect(() => parseUserTag(text)).toThrow(
        new TypeError(`tag "${text}" has a reserved prefix`),
      );
    } else {
      expect(parseUserTag(text)).toEqual(tag);
    }
  });
});
