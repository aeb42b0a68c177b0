import { describe, expect, test } from "vitest";

import { resolveLimits, transportDefaults } from "../src/defaults.ts";
import * as transport from "../src/index.ts";

test("every limit has a default, exported under its name", () => {
  const exported: Readonly<Record<string, unknown>> = { ...transport };
  for (const [name, value] of Object.entries(transportDefaults)) {
    const constant = `DEFAULT_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
    expect([constant, exported[constant]]).toEqual([constant, value]);
  }
});

describe("resolving", () => {
  test("fills in what is not given", () => {
    expect(resolveLimits()).toEqual(transportDefaults);
    expect(resolveLimits({ maxOpenStreams: 7 })).toEqual({
      ...transportDefaults,
      maxOpenStreams: 7,
    });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d anywhere", (value) => {
    for (const name of Object.keys(transportDefaults)) {
      expect(() => resolveLimits({ [name]: value })).toThrow(new RegExp(`^${name} must be`));
    }
  });

  test("refuses limits that contradict each other", () => {
    expect(() => resolveLimits({ maxMessageBytes: 2e8 })).toThrow(/^maxMessageBytes \(200000000\)/);
    expect(() => resolveLimits({ unresponsiveFloorMs: 9_000 })).toThrow(/^unresponsiveFloorMs/);
    expect(() => resolveLimits({ suspectAfterMs: 900 })).toThrow(/^heartbeatMs \(1000\)/);
    expect(() => resolveLimits({ failAfterMs: 3_000 })).toThrow(/^suspectAfterMs \(4000\)/);
    expect(() => resolveLimits({ forgetAfterMs: 9_000 })).toThrow(/^failAfterMs \(10000\)/);
  });
});
